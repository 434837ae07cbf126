// Runs a program given as data: what a random test makes up, this orchestrator does.
import * as df from 'durable-functions';

const attempts = new Map();
df.app.activity('unsteady', {
  handler: async ({ key, fails, value, ms }) => {
    const n = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, n);
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    if (n <= fails) throw new Error(`attempt ${n}`);
    return value;
  },
});

function taskFor(context, step) {
  const { df: d } = context;
  switch (step.op) {
    case 'act':
      return d.callActivity('unsteady', { key: step.key, fails: 0, value: step.value, ms: step.ms });
    case 'retry': {
      const input = { key: step.key, fails: step.fails, value: step.value, ms: step.ms };
      return d.callActivityWithRetry('unsteady', new df.RetryOptions(1, 3), input);
    }
    case 'timer':
      return d.createTimer(new Date(d.currentUtcDateTime.getTime() + step.ms));
    case 'child':
      return d.callSubOrchestrator('program', { steps: step.steps });
    case 'count':
      return d.callEntity(new df.EntityId('Counter', step.key), 'both');
    case 'all':
      return d.Task.all(step.of.map((one) => taskFor(context, one)));
    case 'any':
      return d.Task.any(step.of.map((one) => taskFor(context, one)));
  }
}

function shown(step, result) {
  if (step.op === 'timer') return 'fired';
  if (step.op === 'any') return 'one of them';
  if (step.op === 'all') return step.of.map((one, index) => shown(one, result[index]));
  return result;
}

df.app.orchestration('program', function* (context) {
  const results = [];
  for (const step of context.df.getInput().steps) {
    if (step.op === 'signal') {
      context.df.signalEntity(new df.EntityId('Counter', step.key), 'add', 1);
      continue;
    }
    try {
      results.push(shown(step, yield taskFor(context, step)));
    } catch {
      results.push('failed');
    }
  }
  return results;
});
