/**
 * Which bindings this host knows, and what becomes of the others. What would be silently wrong is refused (an
 * input without a value, a trigger that would never fire); an output that goes nowhere is said once, at load.
 */
import type { BindingInfo, FunctionInfo, TriggerRetry } from '../contract.ts';
import type { Problem } from '../server/refusals.ts';
import type { CoreMetadata } from './core-types.ts';

const triggers = new Set([
  'httptrigger',
  'timertrigger',
  'orchestrationtrigger',
  'activitytrigger',
  'entitytrigger',
  'warmuptrigger',
]);
const clients = new Set(['durableclient', 'orchestrationclient']);

export function isClientBinding(binding: BindingInfo): boolean {
  return clients.has(binding.type.toLowerCase());
}

/** Turns `%NAME%` in the text of a binding into the app setting of that name. */
function resolve(value: unknown, missing: Set<string>): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/%([A-Za-z0-9_:.-]+)%/g, (whole, name: string) => {
    const setting = process.env[name];
    if (setting === undefined) missing.add(name);
    return setting ?? whole;
  });
}

function toRetry(options: CoreMetadata['retryOptions']): TriggerRetry | undefined {
  if (!options?.retryStrategy) return undefined;
  const seconds = (part: { seconds?: unknown } | undefined) =>
    part ? { seconds: Number(part.seconds ?? 0) } : undefined;
  const [delay, minimum, maximum] = [
    seconds(options.delayInterval),
    seconds(options.minimumInterval),
    seconds(options.maximumInterval),
  ];
  return {
    retryStrategy: options.retryStrategy === 'exponentialBackoff' ? 'exponentialBackoff' : 'fixedDelay',
    maxRetryCount: options.maxRetryCount ?? 0,
    ...(delay && { delayInterval: delay }),
    ...(minimum && { minimumInterval: minimum }),
    ...(maximum && { maximumInterval: maximum }),
  };
}

/** Describes one registration, or says why it cannot run here. `ignored` lists outputs that go nowhere. */
export function describeFunction(
  id: string,
  metadata: CoreMetadata,
): { info?: FunctionInfo; problems: Problem[]; ignored: string[] } {
  const problems: Problem[] = [];
  const ignored: string[] = [];
  const missing = new Set<string>();
  const bindings: Record<string, BindingInfo> = {};
  let trigger: BindingInfo | undefined;
  for (const [name, raw] of Object.entries(metadata.bindings)) {
    const direction = raw.direction === 'out' || raw.direction === 'inout' ? raw.direction : 'in';
    const dropped = direction !== 'in' && raw.type?.toLowerCase() !== 'http';
    // What an output that goes nowhere is set to need not exist.
    const wanted = dropped ? new Set<string>() : missing;
    const settings = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, resolve(value, wanted)]));
    const binding: BindingInfo = { ...settings, name, type: String(raw.type ?? ''), direction };
    bindings[name] = binding;
    const type = binding.type.toLowerCase();
    if (type.endsWith('trigger')) {
      trigger = binding;
      if (!triggers.has(type)) {
        problems.push({
          code: 'TRIGGER_UNSUPPORTED',
          message: `Function "${metadata.name}" has a ${binding.type}, which this host cannot fire.`,
        });
      }
    } else if (direction === 'in' && !clients.has(type)) {
      problems.push({
        code: 'BINDING_UNSUPPORTED',
        message: `Function "${metadata.name}" reads from a ${binding.type} binding, which this host cannot fill.`,
      });
    } else if (dropped) {
      ignored.push(binding.type);
    }
  }
  for (const name of missing) {
    problems.push({
      code: 'APP_SETTING_MISSING',
      message: `Function "${metadata.name}" uses %${name}%, and no setting of that name exists (local.settings.json or environment).`,
    });
  }
  if (!trigger) {
    problems.push({ code: 'TRIGGER_UNSUPPORTED', message: `Function "${metadata.name}" has no trigger.` });
    return { problems, ignored };
  }
  const retry = toRetry(metadata.retryOptions);
  return { info: { id, name: metadata.name, trigger, bindings, ...(retry && { retry }) }, problems, ignored };
}
