/**
 * The local notifier: one readable file per notice in `inbox/<user>/`, mode 0600. The only place in the data folder where a
 * personal link stands in clear, because here the folder is what the person's mailbox is elsewhere. People of other tenants than
 * the local host's own have folders named `<tenant>~<user>`.
 */
import { join } from 'node:path';
import type { Notice, Notifier } from '../../ports/notifier.ts';
import { sha256Hex } from '../common/hash.ts';
import { createFile } from './files.ts';

const SUBJECT: Readonly<Record<Notice['kind'], string>> = {
  approval: 'Your approval is asked',
  reminder: 'Reminder: your approval is asked',
  decided: 'Decided',
  escalation: 'Escalated to you',
};

export function localNotifier(folder: string, homeTenant: string): Notifier {
  return {
    async deliver(tenant, notice) {
      // The file's name comes from the notice's id, and files are create-only: a second delivery changes nothing.
      await createFile(
        join(
          folder,
          tenant === homeTenant ? safe(notice.to.id) : safe(`${tenant}~${notice.to.id}`),
          `${safe(notice.id)}.txt`,
        ),
        Buffer.from(text(notice)),
      );
    },
  };
}

function text(notice: Notice): string {
  const lines = [
    `To: ${oneLine(notice.to.name)}${notice.to.email === null ? '' : ` <${oneLine(notice.to.email)}>`}`,
    `Subject: ${SUBJECT[notice.kind]}: ${oneLine(notice.workflow)}, step ${oneLine(notice.step)}`,
    '',
    `Run: ${notice.run}`,
    `Request: ${notice.request}`,
    ...(notice.deadline === null ? [] : [`Answer before: ${notice.deadline}`]),
    ...(notice.link === null ? [] : ['', 'Read what would be written, then decide:', notice.link]),
    '',
  ];
  return lines.join('\n');
}

/** Ids as names of files: other characters become `-XX`, so that different ids stay different. */
function safe(id: string): string {
  const name = id.replace(/[^A-Za-z0-9_~]/g, (character) => `-${Buffer.from(character).toString('hex')}`);
  return name.length <= 120 ? name : `${name.slice(0, 80)}-${sha256Hex(id).slice(0, 32)}`;
}

const oneLine = (value: string): string => value.replace(/\p{Cc}+/gu, ' ');
