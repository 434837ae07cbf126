/**
 * An activity in rough weather: late, twice and overlapping, or failed at once because its worker was killed, its effects
 * done or not. The first answer counts; the other one finds nobody.
 */
import type { Message } from './records.ts';
import type { Weather } from './weather.ts';

export async function inWeather(
  weather: Weather,
  instance: string,
  g: number,
  i: number,
  name: string,
  once: () => Promise<Message>,
): Promise<Message> {
  await pause(weather.hop(instance, g, i));
  const fate = weather.activity(instance, g, i);
  if (fate === 'calm') return once();
  if (fate === 'twice') {
    const later = pause(weather.secondRunAfter(instance, g, i)).then(once);
    return Promise.race([once(), later]);
  }
  if (fate === 'killedDuring') void once(); // the old worker outlives the message
  const reason = `Activity function '${name}' failed:  node exited with code 137 (0x89)`;
  return { k: 'fail', g, i, f: { reason, details: '' } };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
