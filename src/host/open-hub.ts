/** Opens the task hub as the server asks for it, with what `host.json` says. The only place that knows both. */
import { openHub as openTaskHub } from './hub/hub.ts';
import { versioningOf } from './hub/versions.ts';
import type { OpenHub } from './server/start-host.ts';

export const openHub: OpenHub = ({ file, hubName, settings, strict, weather, durability, death, log }) => {
  const limit = (name: string) => {
    const value = settings[name];
    return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
  };
  const activities = limit('maxConcurrentActivityFunctions');
  const orchestrators = limit('maxConcurrentOrchestratorFunctions');
  const versioning = versioningOf(settings);
  if (strict !== undefined) log('information', `Strict mode, seed ${strict}`);
  if (weather) log('information', `Rough weather, seed ${weather.seed}`);
  return openTaskHub({
    file,
    hubName,
    durability: durability === 'full' ? 'FULL' : 'NORMAL',
    log,
    ...(strict !== undefined && { strict: { seed: strict } }),
    ...(weather && { weather }),
    ...(death && { death }),
    ...(activities && { maxConcurrentActivities: activities }),
    ...(orchestrators && { maxConcurrentOrchestrators: orchestrators }),
    ...(versioning && { versioning }),
  });
};
