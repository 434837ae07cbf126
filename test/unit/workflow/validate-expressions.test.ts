/** What expressions may say and name: each problem with its code and place. */
import { ask, steps, value } from './ask.ts';

ask([
  [
    'an output of a later step',
    steps(value('a', '"{{ steps.b.output }}"'), value('b', '1')),
    ['NOT_UPSTREAM /steps/0/map'],
  ],
  [
    'an output of the other branch',
    steps(
      '{ id: g, verb: LOGIC_GATE, if: "true", then: [a], else: [b] }',
      value('a', '1'),
      value('b', '"{{ steps.a.output }}"'),
    ),
    ['NOT_UPSTREAM /steps/2/map'],
  ],
  [
    'an output that nothing waits for',
    steps(
      value('a', '1'),
      value('b', '1', ', dependsOn: [a]'),
      value('c', '"{{ steps.b.output }}"', ', dependsOn: [a]'),
    ),
    ['NOT_UPSTREAM /steps/2/map'],
  ],
  ['its own output', steps(value('a', '"{{ steps.a.output }}"')), ['SELF_DEPENDENCY /steps/0/map']],
  ['an output of nobody', steps(value('a', '"{{ steps.b.output }}"')), ['UNKNOWN_STEP /steps/0/map']],
  [
    'a hyphen in JSONata',
    steps(value('a-b', '1'), value('c', '"{{ steps.a-b.output }}"')),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  [
    'a hyphen in quotes',
    steps(value('a-b', '1'), value('c', `'{{ steps["a-b"].output }}'`)),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  [
    'a hyphen in CEL',
    steps(value('a-b', '1'), value('c', '1', ', when: "steps.a-b.output > 1"')),
    ['DYNAMIC_REFERENCE /steps/1/when'],
  ],
  [
    'a wildcard over steps',
    steps(value('a', '1'), value('b', '"{{ steps.*.output }}"')),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  [
    'a look-up in steps',
    steps(value('a', '1'), value('b', `"{{ $lookup(steps, 'a') }}"`)),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  ['an expression without end', steps(value('a', '"{{ input.x"')), ['EXPRESSION_SYNTAX /steps/0/map']],
  ['an expression that cannot be read', steps(value('a', '"{{ input. }}"')), ['EXPRESSION_SYNTAX /steps/0/map']],
  [
    'a key that is an expression',
    steps(value('a', '{ "{{ input.x }}": 1 }')),
    ['EXPRESSION_SYNTAX /steps/0/map/{{ input.x }}'],
  ],
  ['braces in a condition', steps(value('a', '1', ', when: "{{ input.x }}"')), ['EXPRESSION_SYNTAX /steps/0/when']],
  ['a condition that is a number', steps(value('a', '1', ', when: "1 + 1"')), ['NOT_BOOLEAN /steps/0/when']],
  [
    'matches in a condition',
    steps(value('a', '1', `, when: "input.x.matches('a')"`)),
    ['EXPRESSION_FORBIDDEN /steps/0/when'],
  ],
  [
    'inGroup outside a policy',
    steps(value('a', '1', `, when: "inGroup(input.x, 'a')"`)),
    ['EXPRESSION_FORBIDDEN /steps/0/when'],
  ],
  ...['$eval("1")', '$now()', '$millis()', '$random()', '$shuffle([1])'].map(
    (f) => [`the function ${f}`, steps(value('a', `'{{ ${f} }}'`)), ['EXPRESSION_FORBIDDEN /steps/0/map']] as const,
  ),
  [
    'a removed function by another name',
    steps(value('a', `'{{ ($f := $eval; $f("1")) }}'`)),
    ['EXPRESSION_FORBIDDEN /steps/0/map'],
  ],
  ['item outside a list', steps(value('a', '"{{ item.x }}"')), ['EXPRESSION_FORBIDDEN /steps/0/map']],
  ['secrets', steps(value('a', '"{{ secrets.x }}"')), ['EXPRESSION_FORBIDDEN /steps/0/map']],
  ['the outcome before the end', steps(value('a', '"{{ run.outcome }}"')), ['EXPRESSION_FORBIDDEN /steps/0/map']],
  [
    'vars that name steps',
    `${steps(value('a', '1'))}vars: { v: "{{ steps.a.output }}" }\n`,
    ['EXPRESSION_FORBIDDEN /vars/v'],
  ],
  ['a variable that is not there', steps(value('a', '"{{ vars.x }}"')), ['UNKNOWN_KEY /steps/0/map']],
]);
