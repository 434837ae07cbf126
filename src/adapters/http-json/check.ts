/** All problems of a connector document for the http-json adapters, as pointer and message. Pure. */
import type { z } from 'zod';
import type { ConnectorView } from '../adapter.ts';
import { StepFault } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import { ownUrl } from '../http/target.ts';
import { pointerPart, problemsOf, type Problem } from '../problems.ts';
import { commandDeclaration, resourceDeclaration, settingsDeclaration } from './declaration.ts';

export function checkDocument(
  connector: Pick<ConnectorView, 'settings' | 'resources' | 'commands'>,
  rule: { readonly idempotencyStated: boolean },
): readonly Problem[] {
  const problems: Problem[] = [];
  const settings = settingsDeclaration.safeParse(connector.settings);
  if (settings.success) problems.push(...addressProblems(settings.data));
  else problems.push(...problemsOf(settings.error, '/settings'));
  for (const [name, declared] of Object.entries(connector.resources)) {
    const place = `/resources/${pointerPart(name)}`;
    const parsed = resourceDeclaration.safeParse(declared);
    if (!parsed.success) problems.push(...problemsOf(parsed.error, place));
    else if (parsed.data.access === 'write') problems.push(...unstated(declared, place, rule));
  }
  for (const [name, declared] of Object.entries(connector.commands)) {
    const place = `/commands/${pointerPart(name)}`;
    const parsed = commandDeclaration.safeParse(declared);
    if (!parsed.success) problems.push(...problemsOf(parsed.error, place));
    else problems.push(...unstated(declared, place, rule));
  }
  return problems;
}

function unstated(
  declared: JsonObject,
  place: string,
  rule: { readonly idempotencyStated: boolean },
): readonly Problem[] {
  if (!rule.idempotencyStated || declared['idempotency'] !== undefined) return [];
  return [
    { pointer: `${place}/idempotency`, message: 'say {header: …}, or {kind: none} if the target has no such key' },
  ];
}

/** Private addresses are judged where it is known whether this platform allows them; the rest is judged here. */
function addressProblems(settings: z.infer<typeof settingsDeclaration>): readonly Problem[] {
  const own: [string, string][] = [['/settings/baseUrl', settings.baseUrl]];
  if (settings.auth.kind === 'clientCredentials') own.push(['/settings/auth/tokenUrl', settings.auth.tokenUrl]);
  const problems: Problem[] = [];
  for (const [pointer, text] of own) {
    try {
      const url = ownUrl(text, { allowedHosts: settings.allowedHosts, allowPrivate: true });
      if (url.search !== '') problems.push({ pointer, message: 'the address may not hold a query' });
    } catch (error) {
      if (!(error instanceof StepFault)) throw error;
      problems.push({ pointer, message: error.detail });
    }
  }
  return problems;
}
