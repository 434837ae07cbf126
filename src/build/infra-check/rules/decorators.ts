/** Which decorator may stand before which declaration, and before which type: the compiler's rule (BCP124, BCP125). */
import type { Report } from '../finding.ts';
import type { Declaration, Source } from '../syntax/ast.ts';
import { find } from '../syntax/walk.ts';

const everywhere = ['param', 'var', 'output', 'type', 'resource', 'module'] as const;
const before: Readonly<Record<string, readonly Declaration['kind'][]>> = {
  description: everywhere,
  metadata: ['param', 'output', 'type'],
  allowed: ['param'],
  secure: ['param', 'output', 'type'],
  minLength: ['param', 'output', 'type'],
  maxLength: ['param', 'output', 'type'],
  minValue: ['param', 'output', 'type'],
  maxValue: ['param', 'output', 'type'],
  sealed: ['param', 'output', 'type'],
  discriminator: ['param', 'output', 'type'],
  export: ['type', 'var'],
  batchSize: ['resource', 'module'],
};
const types: Readonly<Record<string, readonly string[]>> = {
  secure: ['string', 'object'],
  minLength: ['string', 'array'],
  maxLength: ['string', 'array'],
  minValue: ['int'],
  maxValue: ['int'],
};
const builtin = new Set(['string', 'int', 'bool', 'array', 'object']);

export function checkDecorators(source: Source, report: Report): void {
  for (const one of source.declarations)
    for (const { name, args } of one.decorators) {
      const twice = name === 'metadata' && find(args[0] ?? null, 'description');
      if (twice && one.decorators.some((other) => other.name === 'description'))
        report(one.at, 'no-conflicting-metadata', 'it is described twice');
      const allowed = before[name];
      if (!allowed) report(one.at, 'BCP057', `there is no decorator "${name}"`);
      else if (!allowed.includes(one.kind))
        report(one.at, 'BCP125', `"${name}" cannot stand before a declaration of the kind ${one.kind}`);
      else if (name === 'batchSize' && 'value' in one && one.value?.node !== 'for')
        report(one.at, 'BCP125', '"batchSize" is for loops only');
      const fits = types[name];
      if (
        fits &&
        'type' in one &&
        one.type.type === 'name' &&
        builtin.has(one.type.name) &&
        !fits.includes(one.type.name)
      )
        report(one.at, 'BCP124', `"${name}" is for ${fits.join(' or ')}, not for ${one.type.name}`);
    }
}
