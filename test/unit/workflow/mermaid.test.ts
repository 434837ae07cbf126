import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePlan } from '../../../src/domain/workflow/compile.ts';
import { mermaid } from '../../../src/domain/workflow/mermaid.ts';
import { documentOf, LABOUR } from './examples.ts';

test('each verb has its own shape and says its name', () => {
  assert.equal(
    mermaid(compilePlan(documentOf(LABOUR), 1, 'd'), { states: new Map([[4, 'SUSPENDED']]) }),
    `flowchart TD
  s1[("timesheets<br/>FETCH")]
  s2["labour<br/>TRANSFORM"]
  s3{"any-cost<br/>LOGIC_GATE"}
  s4{{"policy<br/>GOVERN<br/>SUSPENDED"}}
  s5[/"post<br/>PUSH"/]
  s6(["tell-nobody-worked<br/>EXECUTE"])
  s1 --> s2
  s2 --> s3
  s3 -->|"then"| s4
  s4 --> s5
  s4 -.->|"governs"| s5
  s3 -->|"else"| s6
`,
  );
});

test('a name cannot break out of its label', () => {
  const text = `id: x\nsteps: [ { id: a, verb: TRANSFORM, map: 1, name: "\\"]; click a \\"javascript:alert(1)\\" <b>&\\n%%" } ]\n`;
  const lines = mermaid(compilePlan(documentOf(text), 1, 'd')).split('\n');
  assert.equal(lines[1], '  s1["#quot;]; click a #quot;javascript:alert(1)#quot; #lt;b#gt;#amp; %%<br/>TRANSFORM"]');
  assert.equal(lines.length, 3);
});

test('the other lists are drawn apart', () => {
  const step = (id: string, more = ''): string => `{ id: ${id}, verb: TRANSFORM, map: 1${more} }`;
  const text = `id: x\nsteps: [ ${step('a', `, onError: { steps: [ ${step('h')} ] }`)} ]\nfinally: [ ${step('f')} ]\n`;
  const drawn = mermaid(compilePlan(documentOf(text), 1, 'd'));
  assert.match(drawn, /subgraph HANDLER \["when a step fails"\]\n {4}s2\["h<br\/>TRANSFORM"\]\n {2}end/);
  assert.match(drawn, /subgraph FINALLY/);
  assert.match(drawn, /s1 -\.->\|"fails"\| s2/);
});
