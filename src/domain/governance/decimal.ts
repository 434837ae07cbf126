/** Exact sums of decimals: totals that people approve are never computed in binary floating point. */
import type { Json } from '../json.ts';

interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** A JSON number as ECMAScript prints it, or a decimal string; null for anything else. */
export function readDecimal(value: Json): Decimal | null {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== 'string' || text.length > 60) return null;
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function add(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  const at = (value: Decimal): bigint => value.digits * 10n ** BigInt(scale - value.scale);
  return { digits: at(left) + at(right), scale };
}

/** Shortest decimal text: no exponent, no trailing zeros. */
export function formatDecimal({ digits, scale }: Decimal): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = scale === 0 ? '' : text.slice(text.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * Sum of the values: a number where a double shows it exactly as decimal text, else the decimal text (a policy that
 * compares it with a number then fails to evaluate, and denies). Null when a value is no decimal.
 */
export function exactSum(values: readonly Json[]): number | string | null {
  let sum: Decimal = { digits: 0n, scale: 0 };
  for (const value of values) {
    const decimal = readDecimal(value);
    if (decimal === null) return null;
    sum = add(sum, decimal);
  }
  const text = formatDecimal(sum);
  const number = Number(text);
  const safe = !text.includes('.') ? Number.isSafeInteger(number) : String(number) === text;
  return safe ? number : text;
}
