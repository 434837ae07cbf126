/**
 * Notices as mail, sent by Graph from the mailbox that a setting names. A mail is sent at least once; that it was sent is
 * written down afterwards, so that a repeated delivery does not send it again.
 */
import type { TenantId } from '../../../domain/ids.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Notice, Notifier } from '../../../ports/notifier.ts';
import type { IdempotencyStore } from '../../../ports/request-index.ts';
import { sha256Hex } from '../../common/hash.ts';
import type { Graph } from './graph.ts';

const REMEMBERED_MS = 7 * 24 * 3_600_000;

const SUBJECT: Readonly<Record<Notice['kind'], string>> = {
  approval: 'Your approval is asked',
  reminder: 'Reminder: your approval is asked',
  decided: 'Decided',
  escalation: 'Escalated to you',
};

export interface MailOptions {
  readonly graph: Graph;
  /** Mailbox that sends; null: nothing is sent, people find their requests in the inbox of the product. */
  readonly sender: string | null;
  readonly sent: IdempotencyStore;
  readonly clock: Clock;
}

export function mailNotifier({ graph, sender, sent, clock }: MailOptions): Notifier {
  return {
    async deliver(tenant: TenantId, notice: Notice): Promise<void> {
      const address = notice.to.email;
      if (sender === null || address === null) return;
      const mark = sha256Hex(`notice\n${notice.id}\n${notice.to.id}`);
      if ((await sent.find(tenant, mark)) !== null) return;
      await graph.post(`/users/${encodeURIComponent(sender)}/sendMail`, {
        message: {
          subject: `${SUBJECT[notice.kind]}: ${oneLine(notice.workflow)}, step ${oneLine(notice.step)}`,
          body: { contentType: 'Text', content: text(notice) },
          toRecipients: [{ emailAddress: { address, name: oneLine(notice.to.name) } }],
        },
        // The mailbox keeps no copy: the links in it are personal.
        saveToSentItems: false,
      });
      const expiresAt = new Date(Date.parse(clock.now()) + REMEMBERED_MS).toISOString();
      await sent.claim(tenant, mark, { bodyHash: mark, answer: 'sent' }, expiresAt);
    },
  };
}

function text(notice: Notice): string {
  return [
    `Run: ${notice.run}`,
    `Request: ${notice.request}`,
    ...(notice.deadline === null ? [] : [`Answer before: ${notice.deadline}`]),
    ...(notice.link === null ? [] : ['', 'Read what would be written, then decide:', notice.link]),
    '',
  ].join('\n');
}

const oneLine = (value: string): string => value.replace(/\p{Cc}+/gu, ' ');
