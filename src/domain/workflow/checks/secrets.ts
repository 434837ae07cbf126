/** Credentials are named, never written: finds what looks like one in any text of any document. The text is not repeated. */
import { isJsonObject } from '../../json.ts';
import type { Json } from '../../json.ts';
import { pointerOf, problem } from '../problems.ts';
import type { Problem } from '../problems.ts';

const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]{0,40}PRIVATE KEY/],
  ['a signed token', /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/],
  ['an access key', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  [
    'an access token',
    /\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|xox[abpr]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,}|glpat-[A-Za-z0-9_-]{16,})/,
  ],
  ['a connection string with its key', /(AccountKey|SharedAccessKey|SharedAccessSignature)=[A-Za-z0-9+/%=]{16,}/i],
  ['a password', /\b(password|passwd|pwd)\s*[=:]\s*[^\s{;,]{6,}/i],
  ['credentials in an address', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^/\s:@]{1,100}:[^/\s@]{3,100}@/i],
  ['a bearer token', /\b[Bb]earer\s+[A-Za-z0-9._~+/-]{20,}/],
  ['a signature in an address', /[?&]sig=[A-Za-z0-9%+/=]{20,}/],
];
/** Keys whose own value would be the secret. */
const KEYS =
  /^(password|passwd|pwd|client_?secret|api_?key|access_?key|private_?key|token|access_?token|refresh_?token|connection_?string)$/i;

export function checkSecrets(document: Json): readonly Problem[] {
  const problems: Problem[] = [];
  const walk = (value: Json, path: readonly string[], key: string): void => {
    if (typeof value === 'string') {
      const found = PATTERNS.find(([, pattern]) => pattern.test(value.slice(0, 20_000)))?.[0];
      const named = KEYS.test(key) && value.length >= 6 && !value.includes('{{') && path.includes('settings');
      if (found === undefined && !named) return;
      problems.push(
        problem(
          'SECRET_IN_TEXT',
          pointerOf(path),
          `This looks like ${found ?? 'a secret'}: a document holds no secrets.`,
          'Set it with `countersign secret set NAME` and name it in `auth.secret`.',
        ),
      );
    } else if (Array.isArray(value)) value.forEach((one: Json, i) => walk(one, [...path, String(i)], key));
    else if (isJsonObject(value)) for (const [k, one] of Object.entries(value)) walk(one, [...path, k], k);
  };
  walk(document, [], '');
  return problems;
}
