/** People who may decide over the samples. */
import type { Candidate } from '../../../src/domain/governance/eligible.ts';
import { principalId } from '../../../src/domain/ids.ts';

export const who = (id: string, more: Partial<Candidate> = {}): Candidate => ({
  id: principalId(id),
  kind: 'user',
  roles: ['approver'],
  groups: ['finance'],
  assurance: 'signed-in',
  ...more,
});
