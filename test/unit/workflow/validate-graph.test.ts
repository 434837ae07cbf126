/** Shape of steps, ids, dependencies and branches: each problem with its code and place. */
import { ask, steps, value } from './ask.ts';

ask([
  ['no steps', 'id: x\ninput: {}\nsteps: []\n', ['EMPTY /steps']],
  ['neither steps nor nodes', 'id: x\ninput: {}\n', ['EMPTY ']],
  ['both', 'id: x\nsteps: []\nnodes: []\nedges: []\n', ['KIND_MANY /nodes']],
  ['no id', 'input: {}\nsteps: [ { id: a, verb: TRANSFORM, map: 1 } ]\n', ['MISSING_KEY /id']],
  [
    'an unknown key of the workflow',
    steps(value('a', '1')).replace('input: {}', 'input: {}\ntimeuot: PT1M'),
    ['UNKNOWN_KEY /timeuot'],
  ],
  ['a step without kind', steps('{ id: a }'), ['KIND_NONE /steps/0']],
  ['a step with two kinds', steps('{ id: a, verb: TRANSFORM, workflow: y }'), ['KIND_MANY /steps/0']],
  ['an unknown verb', steps('{ id: a, verb: FECTH }'), ['INVALID_VALUE /steps/0/verb']],
  ['an unknown key of a step', steps(value('a', '1', ', mpa: 2')), ['UNKNOWN_KEY /steps/0/mpa']],
  ['a missing key', steps('{ id: a, verb: LOOKUP, connector: erp, resource: projects }'), ['MISSING_KEY /steps/0/key']],
  ['a reserved id', steps(value('in', '1')), ['INVALID_VALUE /steps/0/id']],
  ['a duration that is none', steps(value('a', '1', ', timeout: 5 minutes')), ['INVALID_VALUE /steps/0/timeout']],
  ['the same id twice', steps(value('a', '1'), value('a', '2')), ['DUPLICATE_ID /steps/1/id']],
  [
    'the same id in finally',
    `${steps(value('a', '1'))}finally: [ ${value('a', '1')} ]\n`,
    ['DUPLICATE_ID /finally/0/id'],
  ],
  ['ids that become equal', steps(value('a-b', '1'), value('a_b', '2')), ['NAME_CLASH /steps/1/id']],
  ['an unknown dependency', steps(value('a', '1', ', dependsOn: [b]')), ['UNKNOWN_STEP /steps/0/dependsOn/0']],
  [
    'a step that depends on itself',
    steps(value('a', '1', ', dependsOn: [a]')),
    ['SELF_DEPENDENCY /steps/0/dependsOn/0'],
  ],
  [
    'a circle',
    steps(
      value('a', '1', ', dependsOn: [c]'),
      value('b', '1', ', dependsOn: [a]'),
      value('c', '1', ', dependsOn: [b]'),
    ),
    ['CYCLE /steps'],
  ],
  [
    'dependsOn in a listed workflow',
    steps(value('a', '1'), value('b', '1', ', dependsOn: [a]')).replace('steps:', 'order: listed\nsteps:'),
    ['ORDER_MIXED /steps/1/dependsOn'],
  ],
  [
    'a gate that names nothing known',
    steps('{ id: g, verb: LOGIC_GATE, if: "true", then: [nope] }'),
    ['UNKNOWN_STEP /steps/0/then/0'],
  ],
  ['a gate without branches', steps('{ id: g, verb: LOGIC_GATE, if: "true" }'), ['GATE_BRANCH /steps/0']],
  [
    'a gate with if and switch',
    steps('{ id: g, verb: LOGIC_GATE, if: "true", switch: [ { if: "true", then: [a] } ], then: [a] }', value('a', '1')),
    ['KIND_MANY /steps/0/switch', 'KIND_MANY /steps/0/then'],
  ],
  [
    'a step in both branches',
    steps('{ id: g, verb: LOGIC_GATE, if: "true", then: [a], else: [a] }', value('a', '1')),
    ['GATE_BRANCH /steps/0/else/0'],
  ],
  [
    'a branch before its gate',
    steps(value('a', '1'), '{ id: g, verb: LOGIC_GATE, if: "true", then: [a] }'),
    ['GATE_BRANCH /steps/0'],
  ],
  [
    'a step between the branches',
    steps(
      '{ id: g, verb: LOGIC_GATE, if: "true", then: [a], else: [c] }',
      value('a', '1'),
      value('b', '1'),
      value('c', '1'),
    ),
    ['GATE_BRANCH /steps/2'],
  ],
  [
    'branches of two gates that overlap',
    steps(
      '{ id: g, verb: LOGIC_GATE, if: "true", then: [a, b] }',
      '{ id: h, verb: LOGIC_GATE, if: "true", then: [b] }',
      value('a', '1'),
      value('b', '1'),
    ),
    ['GATE_BRANCH /steps/1', 'GATE_BRANCH /steps/3'],
  ],
]);
