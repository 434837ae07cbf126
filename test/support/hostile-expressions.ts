/** What authors could write to stop, fill, leave or pollute whoever evaluates it. */

const TOO_MUCH = ['EXPRESSION_TIMEOUT', 'EXPRESSION_TOO_LARGE', 'EXPRESSION_ERROR'];

/** Name, JSONata source, codes of which one is the answer. They read `input.text` (2,000 letters), `input.xs` and `input.o`. */
export const HOSTILE_VALUES: readonly (readonly [string, string, readonly string[]])[] = [
  ['padding to 200 million', '$pad("", 2e8)', ['EXPRESSION_TOO_LARGE']],
  [
    'padding with a long unit',
    '$pad("", 1000, $join($map([1..50], function($i) { input.text })))',
    ['EXPRESSION_TOO_LARGE'],
  ],
  ['doubling a text', '$reduce([1..40], function($a, $i) { $a & $a }, "x")', ['EXPRESSION_TOO_LARGE']],
  ['doubling by join', '$reduce([1..40], function($a, $i) { $join([$a, $a]) }, "x")', ['EXPRESSION_TOO_LARGE']],
  ['doubling by replace', '$reduce([1..40], function($a, $i) { $replace($a, "x", "xx") }, "x")', TOO_MUCH],
  ['doubling a list', '$reduce([1..40], function($a, $i) { $append($a, $a) }, [1])', TOO_MUCH],
  ['doubling an object', '$reduce([1..60], function($a, $i) { {"x": $a, "y": $a} }, {"a": 1})', TOO_MUCH],
  [
    'writing out a doubled object',
    '$string($reduce([1..60], function($a, $i) { {"x": $a, "y": $a} }, {"a": 1}))',
    TOO_MUCH,
  ],
  ['a year of 400 million digits', '$fromMillis(0, "[Y,400000000-400000000]")', TOO_MUCH],
  ['ten million numbers', '$count([1..10000000])', ['EXPRESSION_TOO_LARGE']],
  ['recursion without end', '($f := function($n) { 1 + $f($n) }; $f(1))', ['EXPRESSION_ERROR', 'EXPRESSION_TIMEOUT']],
  ['a loop without end', '($f := function($n) { $f($n + 1) }; $f(1))', ['EXPRESSION_TIMEOUT']],
  ['loops in loops', '$map([1..100000], function($i) { $map([1..1000], function($j) { $i * $j }) })', TOO_MUCH],
  ['filling the memory', '$map([1..200000], function($i) { $split(input.text, "") })', TOO_MUCH],
  ['code in a text', '$eval("1 + 1")', ['EXPRESSION_ERROR']],
  ['code under another name', '($f := $eval; $f("1"))', ['EXPRESSION_ERROR']],
  ['the clock', '$now()', ['EXPRESSION_ERROR']],
  ['chance', '$random()', ['EXPRESSION_ERROR']],
  ['reaching the prototype', 'input.o.__proto__.x', ['EXPRESSION_UNDEFINED']],
  ['reaching a constructor', 'input.o.constructor("return 1")', ['EXPRESSION_ERROR']],
  ['polluting by a key', '{"__proto__": {"polluted": true}}', ['EXPRESSION_ERROR']],
  ['polluting by merge', '$merge([{"__proto__": {"polluted": true}}])', ['EXPRESSION_ERROR']],
  ['look-around', '$match("a", /(?=a)/)', ['EXPRESSION_ERROR']],
];
