/** The warehouse of the demo: what lies there, how much must lie there, and who supplies it. The same on every start. */
import { seededRandom } from './random.ts';

export interface StockLevel {
  readonly sku: string;
  readonly name: string;
  readonly bin: string;
  readonly onHand: number;
  readonly minimum: number;
  readonly supplier: string;
}

const PARTS = [
  'cable gland',
  'circuit breaker',
  'conduit',
  'fuse',
  'terminal block',
  'junction box',
  'relay',
  'busbar',
];
const SIZES = ['6 mm', '10 mm', '16 mm', '25 mm', '35 mm', '50 mm'];

export const SUPPLIERS: readonly { readonly id: string; readonly name: string; readonly leadDays: number }[] = [
  { id: 'S-01', name: 'Alpen Elektro', leadDays: 3 },
  { id: 'S-02', name: 'Moravia Parts', leadDays: 6 },
  { id: 'S-03', name: 'Adria Supply', leadDays: 9 },
  { id: 'S-04', name: 'Donau Handel', leadDays: 4 },
];

export const STOCK_LEVELS: readonly StockLevel[] = stockLevels();

function stockLevels(): readonly StockLevel[] {
  const random = seededRandom('stock');
  return PARTS.flatMap((part, p) =>
    SIZES.map((size, s) => {
      const minimum = 20 + random.below(9) * 10;
      const low = random.below(5) === 0;
      return {
        sku: `SKU-${100 + p * SIZES.length + s}`,
        name: `${part} ${size}`,
        bin: `${String.fromCharCode(65 + p)}${s + 1}`,
        onHand: low ? random.below(minimum) : minimum + random.below(200),
        minimum,
        supplier: random.pick(SUPPLIERS).id,
      };
    }),
  );
}
