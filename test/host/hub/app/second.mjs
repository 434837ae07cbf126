// The rest of the Durable API: sub-orchestrations, nested tasks, entities, durable HTTP, versions.
import * as df from 'durable-functions';

df.app.orchestration('child', function* (context) {
  const { value, fail } = context.df.getInput() ?? {};
  const doubled = yield context.df.callActivity('add', { a: value ?? 0, b: value ?? 0 });
  if (fail) throw new Error('child failed');
  return { doubled, parent: context.df.parentInstanceId, version: context.df.version };
});
df.app.orchestration('parent', function* (context) {
  const { id, value } = context.df.getInput();
  const first = yield context.df.callSubOrchestrator('child', { value }, id);
  const both = yield context.df.Task.all([
    context.df.callSubOrchestrator('child', { value: 10 }),
    context.df.callSubOrchestrator('child', { value: 20 }),
  ]);
  return { first, both };
});
df.app.orchestration('parentOfFailure', function* (context) {
  try {
    yield context.df.callSubOrchestrator('child', { fail: true });
  } catch (error) {
    const after = yield context.df.callActivity('echo', 'after');
    return { message: error.message, after };
  }
});
df.app.orchestration('flaky', function* (context) {
  const { key, times } = context.df.getInput();
  return yield context.df.callActivity('failFirst', { key, times });
});
df.app.orchestration('parentWithRetry', function* (context) {
  const retry = new df.RetryOptions(5, 4);
  const n = yield context.df.callSubOrchestratorWithRetry('flaky', retry, context.df.getInput());
  const after = yield context.df.callActivity('echo', 'after');
  return { n, after };
});
df.app.orchestration('nested', function* (context) {
  const { Task } = context.df;
  const call = (value) => context.df.callActivity('echo', value);
  const inner = Task.any([call('a'), context.df.waitForExternalEvent('never')]);
  const results = yield Task.all([inner, Task.all([call('b'), call('c')]), call('d')]);
  const last = yield call('e');
  return [results[0].result, results[1], results[2], last];
});
df.app.orchestration('sameEventTwice', function* (context) {
  const first = context.df.waitForExternalEvent('e');
  const second = context.df.waitForExternalEvent('e');
  return yield context.df.Task.all([first, second]);
});
df.app.orchestration('timeoutRetry', function* (context) {
  const retry = new df.RetryOptions(20, 10);
  retry.retryTimeoutInMilliseconds = 50;
  try {
    yield context.df.callActivityWithRetry('fail', retry, {});
  } catch (error) {
    return error.message;
  }
});
df.app.orchestration('needsSwitch', function* (context) {
  const { key } = context.df.getInput();
  const before = yield context.df.callActivity('failFirst', { key: `${key}-before`, times: 0 });
  const value = yield context.df.callActivity('failFirst', { key, times: 1 });
  return { before, value };
});
df.app.orchestration('needsSwitchRetried', function* (context) {
  const { key } = context.df.getInput();
  const value = yield context.df.callActivityWithRetry('failFirst', new df.RetryOptions(2, 2), { key, times: 2 });
  const after = yield context.df.callActivity('echo', 'after');
  return { value, after };
});
df.app.orchestration('parentOfSwitch', function* (context) {
  return yield context.df.callSubOrchestrator('needsSwitch', context.df.getInput());
});
df.app.orchestration('http', function* (context) {
  const { url, polling } = context.df.getInput();
  const response = yield context.df.callHttp({ method: 'POST', url, body: { a: 1 }, enablePolling: polling });
  const after = yield context.df.callActivity('echo', 'after');
  return { status: response.statusCode, content: response.content, after };
});

df.app.entity('Counter', (context) => {
  const value = context.df.getState(() => 0);
  switch (context.df.operationName) {
    case 'add':
      context.df.setState(value + context.df.getInput());
      break;
    case 'get':
      context.df.return(value);
      break;
    case 'both':
      context.df.setState(value + 1);
      context.df.return(value + 1);
      break;
    case 'pass':
      context.df.signalEntity(new df.EntityId('Counter', context.df.getInput()), 'add', 5);
      break;
    case 'delete':
      context.df.destructOnExit();
      break;
    default:
      throw new Error('unknown operation');
  }
});
df.app.orchestration('useCounter', function* (context) {
  const { key } = context.df.getInput();
  const entity = new df.EntityId('Counter', key);
  context.df.signalEntity(entity, 'add', 3);
  const seen = yield context.df.callEntity(entity, 'get');
  const next = yield context.df.callEntity(entity, 'both');
  const after = yield context.df.callActivity('echo', 'after');
  return { seen, next, after };
});
df.app.orchestration('failingEntity', function* (context) {
  try {
    yield context.df.callEntity(new df.EntityId('Counter', 'failing'), 'nonsense');
  } catch (error) {
    const after = yield context.df.callActivity('echo', 'after');
    return { caught: error instanceof Error, after };
  }
});
df.app.orchestration('transfer', function* (context) {
  const { from, to } = context.df.getInput();
  const [a, b] = [new df.EntityId('Counter', from), new df.EntityId('Counter', to)];
  const lock = yield context.df.lock(a, b);
  const balance = yield context.df.callEntity(a, 'get');
  yield context.df.callEntity(a, 'add', -1);
  yield context.df.callEntity(b, 'add', 1);
  lock.release();
  const after = yield context.df.callActivity('echo', 'after');
  return { balance, after };
});
df.app.orchestration('signalsLater', function* (context) {
  const { key, ms } = context.df.getInput();
  const fireAt = new Date(context.df.currentUtcDateTime.getTime() + ms);
  const action = { actionType: 10, instanceId: `@counter@${key}`, operation: 'add', input: 7, fireAt };
  context.df.taskOrchestratorExecutor.recordFireAndForgetAction(action);
  yield context.df.callActivity('echo', 1);
});
df.app.orchestration('holdsLock', function* (context) {
  const { key, other } = context.df.getInput();
  yield context.df.lock(new df.EntityId('Counter', key), new df.EntityId('Counter', other));
  context.df.setCustomStatus('locked');
  yield context.df.waitForExternalEvent('never');
});
