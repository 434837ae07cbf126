/** The people of a local workspace, until its accounts file says otherwise. */
import { readAccounts, writeAccounts, type Account } from '../host/front/development-issuer.ts';

/** `owner` publishes everything, so `approver` is nobody who is involved. */
const ACCOUNTS: readonly Account[] = [
  { id: 'starter', name: 'Demo starter', roles: ['starter', 'author'], groups: [] },
  { id: 'approver', name: 'Demo approver', roles: ['approver'], groups: ['finance'] },
  { id: 'operator', name: 'Demo operator', roles: ['operator'], groups: [] },
  { id: 'owner', name: 'Demo owner', roles: ['author', 'publisher', 'governor', 'admin'], groups: [] },
];

/** Accounts that stand are kept: they are a file that may be edited. */
export function ensureAccounts(data: string): void {
  if (readAccounts(data).accounts.length === 0) writeAccounts(data, { default: 'starter', accounts: ACCOUNTS });
}

/** One line that says who there is, the default first. */
export function peopleLine(data: string): string {
  const { default: standard, accounts } = readAccounts(data);
  const told = accounts.map(({ id, groups }) => {
    const more = [...(id === standard ? ['you, when no account is named'] : []), ...groups.map((g) => `group ${g}`)];
    return more.length === 0 ? id : `${id} (${more.join(', ')})`;
  });
  return `People: ${told.join(' · ')}`;
}
