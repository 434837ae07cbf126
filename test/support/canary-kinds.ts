/** The 30 kinds of values that must never be found in clear: secrets of machines, and data about people. */
import type { Seeded } from './seeded.ts';

const digits = (random: Seeded, count: number): string =>
  Array.from({ length: count }, () => random.below(10)).join('');
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const word = (random: Seeded, count: number): string =>
  Array.from({ length: count }, () => random.pick([...LETTERS])).join('');
const token = (random: Seeded, count: number): string =>
  Array.from({ length: count }, () => random.pick([...LETTERS, ...LETTERS.toUpperCase(), ...'0123456789'])).join('');
const name = (random: Seeded): string => {
  const text = word(random, 7);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
};
const base64url = (text: string): string => Buffer.from(text).toString('base64url');

export const CANARY_KINDS = {
  password: (r: Seeded) => `P@ss "${token(r, 10)}" \\ & <ü>`,
  apiKey: (r: Seeded) => `canary_live_${token(r, 32)}`,
  bearerToken: (r: Seeded) => `Bearer ${token(r, 40)}`,
  basicCredentials: (r: Seeded) => `Basic ${base64url(`${word(r, 8)}:${token(r, 16)}`)}`,
  jwt: (r: Seeded) => `${base64url('{"alg":"RS256"}')}.${base64url(`{"sub":"${token(r, 20)}"}`)}.${token(r, 43)}`,
  clientSecret: (r: Seeded) => `${token(r, 3)}8Q~${token(r, 34)}`,
  connectionString: (r: Seeded) => `Server=tcp:${word(r, 8)};User=sa;Password=${token(r, 20)};`,
  storageKey: (r: Seeded) => Buffer.from(token(r, 48)).toString('base64'),
  sasUrl: (r: Seeded) => `https://${word(r, 9)}.example.test/c?sv=1&sig=${token(r, 30)}%3D`,
  privateKey: (r: Seeded) => `-----BEGIN PRIVATE KEY-----\n${token(r, 64)}\n-----END PRIVATE KEY-----`,
  sshKey: (r: Seeded) => `ssh-ed25519 AAAAC3Nza${token(r, 59)}`,
  dataKey: (r: Seeded) => Array.from({ length: 32 }, () => r.below(256).toString(16).padStart(2, '0')).join(''),
  webhookSecret: (r: Seeded) => `whsec_${token(r, 32)}`,
  cookie: (r: Seeded) => `session=${token(r, 32)}; HttpOnly`,
  approvalLink: (r: Seeded) => `http://localhost:7071/approve/${token(r, 43)}`,
  oneTimeCode: (r: Seeded) => `code ${digits(r, 10)}`,
  personName: (r: Seeded) => `${name(r)} O’${name(r)}-Müller`,
  email: (r: Seeded) => `${word(r, 6)}.${word(r, 9)}@example.test`,
  phone: (r: Seeded) => `+49 151 ${digits(r, 9)}`,
  iban: (r: Seeded) => `DE${digits(r, 20)}`,
  cardNumber: (r: Seeded) => `4${digits(r, 15)}`,
  taxNumber: (r: Seeded) => `${digits(r, 3)}/${digits(r, 3)}/${digits(r, 6)}`,
  socialSecurity: (r: Seeded) => `65 ${digits(r, 6)} ${name(r).charAt(0)} ${digits(r, 3)}`,
  personnelNumber: (r: Seeded) => `PN-${digits(r, 9)}`,
  address: (r: Seeded) => `${name(r)}straße ${digits(r, 3)}, ${digits(r, 5)} ${name(r)}`,
  birthDate: (r: Seeded) => `born 19${digits(r, 2)}-0${1 + r.below(9)}-1${r.below(10)} in ${name(r)}`,
  salary: (r: Seeded) => `salary ${digits(r, 6)}.${digits(r, 2)} EUR`,
  diagnosis: (r: Seeded) => `ICD-10 F${digits(r, 2)}.${digits(r, 1)} ${word(r, 10)}`,
  comment: (r: Seeded) => `rejected: ${word(r, 6)} is <not> paid "twice" / ${word(r, 8)} 💶`,
  invoice: (r: Seeded) => `INV-2026-${digits(r, 10)}`,
} as const satisfies Record<string, (random: Seeded) => string>;

export type CanaryKind = keyof typeof CANARY_KINDS;
