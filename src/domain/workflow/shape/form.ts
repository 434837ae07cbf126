/**
 * How the `form` of a GOVERN looks to an editor. Only the published schema reads this: what is wrong with a form is said by
 * `checks/forms.ts`, with words of its own.
 */
import { FORMATS } from '../../schema/subset.ts';
import { jsonSchema } from './words.ts';

const text = { type: 'string' };
const number = { type: 'number' };
const size = { type: 'integer', minimum: 0 };

const field = {
  type: 'object',
  properties: {
    type: { enum: ['string', 'number', 'integer', 'boolean'] },
    title: { ...text, description: 'What people read beside the field' },
    description: { ...text, description: 'What helps them to fill it in' },
    default: { description: 'Suggested; never filled in for somebody' },
    enum: { type: 'array', minItems: 1 },
    const: {},
    oneOf: {
      type: 'array',
      minItems: 1,
      description: 'A choice with words of its own for each constant',
      items: { type: 'object', required: ['const'], properties: { const: {}, title: text } },
    },
    format: { enum: [...FORMATS] },
    pattern: text,
    minLength: size,
    maxLength: size,
    minimum: number,
    maximum: number,
  },
};

export const form = jsonSchema.meta({
  description: 'What the first approval has to say: a flat object of texts, numbers and choices',
  required: ['type', 'properties'],
  properties: {
    type: { const: 'object' },
    title: text,
    description: text,
    required: { type: 'array', items: text },
    properties: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' },
      additionalProperties: field,
    },
  },
});
