// Orchestrations that hang or go wrong on Azure.
import * as df from 'durable-functions';

const after = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);

df.app.orchestration('reusedTimer', function* (context) {
  const timeout = context.df.createTimer(after(context, 60_000));
  for (;;) {
    const bell = context.df.waitForExternalEvent('bell');
    const winner = yield context.df.Task.any([bell, timeout]);
    if (winner === timeout) return 'timeout';
  }
});
df.app.orchestration('reusedActivity', function* (context) {
  const [a, b] = [context.df.callActivity('echo', 1), context.df.callActivity('slow', { ms: 10 })];
  yield context.df.Task.any([a, b]);
  return yield context.df.Task.all([a, b]);
});
df.app.orchestration('waitsForNumber', function* (context) {
  yield context.df.callActivity('echo', 1);
  return yield context.df.waitForExternalEvent('0');
});
df.app.orchestration('waitsForNumberInAny', function* (context) {
  return yield context.df.Task.any([context.df.waitForExternalEvent('x'), context.df.waitForExternalEvent('12')]);
});
df.app.orchestration('asksForToken', function* (context) {
  return yield context.df.callHttp({
    method: 'GET',
    url: 'http://127.0.0.1:9/',
    tokenSource: new df.ManagedIdentityTokenSource('https://management.core.windows.net'),
  });
});
df.app.orchestration('emptyError', function* () {
  throw new Error('');
});
df.app.orchestration('thrownText', function* () {
  throw 'just text';
});
df.app.orchestration('unknownActivity', function* (context) {
  return yield context.df.callActivity('nobody', {});
});
df.app.orchestration('unknownChild', function* (context) {
  return yield context.df.Task.all([context.df.callActivity('echo', 1), context.df.callSubOrchestrator('nobody', {})]);
});
df.app.orchestration('unknownEntity', function* (context) {
  return yield context.df.callEntity(new df.EntityId('nobody', 'x'), 'get');
});
df.app.orchestration('childWithBadId', function* (context) {
  return yield context.df.callSubOrchestrator('child', {}, 'a#b');
});
df.app.orchestration('booleanInput', function* (context) {
  return yield context.df.callActivity('echo', true);
});
df.app.orchestration('yieldsText', function* () {
  return yield 'not a task';
});
df.app.orchestration('yieldsSignal', function* (context) {
  return yield context.df.signalEntity(new df.EntityId('Counter', 'x'), 'add', 1);
});
df.app.orchestration('async', async function (context) {
  return await context.df.callActivity('echo', 1);
});
const replays = new Map();
df.app.orchestration('changesItsMind', function* (context) {
  const { instanceId } = context.df;
  replays.set(instanceId, (replays.get(instanceId) ?? 0) + 1);
  yield context.df.callActivity(replays.get(instanceId) > 2 ? 'nothing' : 'echo', 1);
  yield context.df.callActivity('echo', 2);
  yield context.df.callActivity('echo', 3);
  yield context.df.callActivity('echo', 4);
});
df.app.orchestration('randomInput', function* (context) {
  yield context.df.callActivity('echo', Math.random());
  return 'ok';
});
df.app.orchestration('bigInput', function* (context) {
  yield context.df.callActivity('echo', 'x'.repeat(1_100_000));
});
df.app.orchestration('bigOutput', function* () {
  return 'x'.repeat(1_100_000);
});
df.app.orchestration('bigActivity', function* (context) {
  return yield context.df.callActivity('big', 1_100_000);
});
df.app.orchestration('bigStatus', function* (context) {
  context.df.setCustomStatus('x'.repeat(9000));
  yield context.df.waitForExternalEvent('never');
});
df.app.orchestration('heldByTimer', function* (context) {
  const timer = context.df.createTimer(after(context, 3_600_000));
  yield context.df.Task.any([context.df.callActivity('echo', 1), timer]);
  return 'done';
});
df.app.orchestration('renewHeldByTimer', function* (context) {
  const timer = context.df.createTimer(after(context, 3_600_000));
  yield context.df.Task.any([context.df.callActivity('echo', 1), timer]);
  context.df.continueAsNew({});
});
