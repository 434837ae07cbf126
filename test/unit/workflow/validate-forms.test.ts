/** The form of a GOVERN: what can be asked on a page, who may name what was answered, and what may not depend on it. */
import { ask, steps, value } from './ask.ts';

const govern = (form: string, more = ', subject: 1'): string =>
  `{ id: ask-it, verb: GOVERN, policies: [reorder-limits], form: ${form}${more} }`;
const fields = (properties: string, more = ''): string => `{ type: object, properties: { ${properties} }${more} }`;
const note = 'note: { type: string, maxLength: 200 }';
const push = (more: string): string =>
  `{ id: p, verb: PUSH, connector: erp, resource: purchase-orders, records: [ { n: 1 } ], governedBy: ask-it${more} }`;
const at = '/steps/0/form';

ask([
  [
    'a form with every kind of field',
    steps(
      govern(
        fields(
          `${note}, n: { type: number }, i: { type: integer, default: 3 }, b: { type: boolean }, e: { enum: [a, 1, true] }, c: { const: yes }, o: { oneOf: [ { const: x, title: X } ], default: x }, d: { type: string, format: date, default: "2026-11-30" }, r: { $ref: "#/$defs/r" }`,
          ', required: [note, d], additionalProperties: false, $defs: { r: { type: integer, minimum: 1 } }, if: { properties: { b: { const: true } } }, then: { required: [n] }',
        ),
      ),
    ),
    [],
  ],
  [
    'a form that is no object, and has no fields',
    steps(govern('{ type: string }')),
    [`INVALID_VALUE ${at}/type`, `MISSING_KEY ${at}/properties`],
  ],
  [
    'a form out of the subset',
    steps(govern(fields('a: { type: string, pattern: "(?=x)" }'))),
    [`INVALID_VALUE ${at}/properties/a/pattern`],
  ],
  [
    'fields that cannot be asked',
    steps(
      govern(
        fields(
          'a: { type: object }, b: { type: array }, c: { type: [string, "null"] }, d: {}, e: { enum: [null] }, f: { oneOf: [ { type: string } ] }, g: true, h: { $ref: "#/properties/h" }',
        ),
      ),
    ),
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `INVALID_VALUE ${at}/properties/${name}`),
  ],
  [
    'a field that no expression can name',
    steps(govern(fields('"cost centre": { type: string }'))),
    [`INVALID_VALUE ${at}/properties/cost centre`],
  ],
  [
    'a required field that is not there',
    steps(govern(fields(note, ', required: [note, nota]'))),
    [`INVALID_VALUE ${at}/required/1`],
  ],
  [
    'a suggestion that would be refused',
    steps(govern(fields('a: { type: integer, default: "3" }, b: { enum: [x], default: y }'))),
    [`INVALID_VALUE ${at}/properties/a/default`, `INVALID_VALUE ${at}/properties/b/default`],
  ],
  [
    'fields without a name',
    steps(govern(fields(note, ', additionalProperties: true, patternProperties: { "^x": { type: string } }'))),
    [`INVALID_VALUE ${at}/additionalProperties`, `INVALID_VALUE ${at}/patternProperties`],
  ],
  [
    'more fields than a person answers',
    steps(govern(fields(Array.from({ length: 51 }, (_, i) => `f${i}: { type: string }`).join(', ')))),
    [`TOO_LARGE ${at}/properties`],
  ],
  [
    'a later step names what was answered, in both languages',
    steps(
      govern(fields(note)),
      value('a', '"{{ steps.ask_it.output.values.note }}"'),
      value('b', '1', ', when: "has(steps.ask_it.output.values.note)"'),
    ),
    [],
  ],
  [
    'a later step names what is not asked',
    steps(govern(fields(note)), value('a', '"{{ steps.ask_it.output.values.nte }}"')),
    ['UNKNOWN_KEY /steps/1/map'],
  ],
  [
    'a later step names an answer of a GOVERN without a form',
    steps(
      '{ id: g, verb: GOVERN, policies: [reorder-limits], subject: 1 }',
      value('b', '1', ', when: "steps.g.output.values.note == 1"'),
    ),
    ['UNKNOWN_KEY /steps/1/when'],
  ],
  [
    'what is governed depends on the answer: its records, its condition, its own values',
    steps(
      govern(fields(note), ''),
      push(', when: "steps.ask_it.output.values.note == \'go\'", with: { n: "{{ steps.ask_it.output.values.note }}" }'),
    ),
    ['GOVERNED_LATE_INPUT /steps/1/when', 'GOVERNED_LATE_INPUT /steps/1/with'],
  ],
  [
    'the condition of what is governed depends on a step in between',
    steps(govern(fields(note), ''), value('f', '1'), push(', when: "steps.f.output == 1"')),
    ['GOVERNED_LATE_INPUT /steps/2/when'],
  ],
  [
    'the answer goes into what another GOVERN judges',
    steps(
      govern(fields(note)),
      '{ id: g, verb: GOVERN, policies: [reorder-limits] }',
      '{ id: p, verb: PUSH, connector: erp, resource: purchase-orders, records: "{{ [steps.ask_it.output.values] }}", governedBy: g }',
    ),
    [],
  ],
  [
    'the facts of a GOVERN name its own answer',
    steps(govern(fields(note), ', subject: 1, facts: { n: "{{ steps.ask_it.output.values.note }}" }')),
    ['SELF_DEPENDENCY /steps/0/facts/n'],
  ],
]);
