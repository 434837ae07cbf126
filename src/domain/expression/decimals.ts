/** Exact decimal arithmetic on strings: money and totals never go through a double. */

const PATTERN = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/;

interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** Throws `TypeError` for what is no plain decimal. Numbers are read by their shortest text. */
export function decimal(value: unknown): Decimal {
  const text = typeof value === 'number' ? String(value) : value;
  const match = typeof text === 'string' ? PATTERN.exec(text) : null;
  if (match === null) throw new TypeError('not a decimal: write digits, and at most one point');
  const fraction = match[3] ?? '';
  const units = BigInt(`${match[1] ?? ''}${match[2] ?? ''}${fraction}`);
  return { units, scale: fraction.length };
}

export function decimalSum(values: readonly unknown[]): string {
  return text(values.map(decimal).reduce(add, { units: 0n, scale: 0 }));
}

export function decimalAdd(a: unknown, b: unknown): string {
  return text(add(decimal(a), decimal(b)));
}

/** -1, 0 or 1. */
export function decimalCompare(a: unknown, b: unknown): number {
  const [left, right] = level(decimal(a), decimal(b));
  return left === right ? 0 : left < right ? -1 : 1;
}

function add(a: Decimal, b: Decimal): Decimal {
  const [left, right, scale] = level(a, b);
  return { units: left + right, scale };
}

function level(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

/** Keeps the longest given fraction: `1.50` and `2` give `3.50`. */
function text({ units, scale }: Decimal): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(digits.length - scale)}`;
}
