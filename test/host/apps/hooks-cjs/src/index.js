// Every hook of the library. What they saw is read over HTTP, since hooks run in no request of their own.
const { app, trigger } = require('@azure/functions');

const seen = [];
globalThis.hooksSeen = seen;

app.hook.appStart((context) => {
  seen.push('appStart');
  context.hookData.started = true;
});
app.hook.appTerminate((context) => {
  seen.push(`appTerminate ${context.hookData.started}`);
});
app.hook.preInvocation((context) => {
  context.hookData.at = seen.push(`before ${context.invocationContext.functionName}`);
  if (context.invocationContext.functionName === 'replaced') {
    const original = context.functionHandler;
    context.functionHandler = (...args) => {
      const answer = original(...args);
      return { body: `wrapped(${answer.body})` };
    };
  }
  if (context.invocationContext.functionName === 'copied') context.inputs = [{ ...context.inputs[0] }];
  if (context.invocationContext.functionName === 'assigns') {
    try {
      context.hookData = {};
    } catch (error) {
      seen.push(`hookData: ${error.name}`);
    }
  }
});
app.hook.postInvocation((context) => {
  seen.push(
    `after ${context.invocationContext.functionName} ${context.error ? 'failed' : 'ok'} ${typeof context.hookData.at}`,
  );
  if (context.invocationContext.functionName === 'rescued') {
    context.error = null;
    context.result = { body: 'rescued' };
  }
});
app.hook.log((context) => {
  if (context.category === 'user') context.message = context.message.replace('pin 1234', 'pin ****');
  if (context.message.includes('drop me')) context.level = 'none';
});

app.http('seen', { handler: () => ({ jsonBody: seen }) });
app.http('replaced', { handler: () => ({ body: 'inner' }) });
app.http('assigns', { handler: () => ({ body: 'assigned' }) });
app.http('rescued', {
  handler: () => {
    throw new Error('to be cured');
  },
});
app.generic('copied', { trigger: trigger.generic({ type: 'activityTrigger' }), handler: (input) => input });
app.http('logs', {
  handler: (_request, context) => {
    context.warn('pin 1234');
    context.warn('drop me');
    return { body: 'logged' };
  },
});
