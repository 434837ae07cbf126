/**
 * The metrics and events that alerts and workbook ask for: `signals.json` is the list that the app's telemetry is held to,
 * so a query may name nothing else, and nothing stands there that no query uses.
 */
import type { Finding } from '../finding.ts';
import type { Project } from '../project.ts';

const list = 'content/signals.json';
const askers = ['content/alerts.json', 'content/workbook.json'];

interface Signals {
  readonly metrics: Readonly<Record<string, string>>;
  readonly events: Readonly<Record<string, string>>;
}

export function checkSignals(project: Project): Finding[] {
  const at = { line: 1, column: 1 };
  const text = project.read(list);
  if (text === null) return [{ path: list, at, code: 'infra-signal', message: 'this file must exist' }];
  const { metrics, events } = JSON.parse(text) as Signals;
  const unused = new Set([...Object.keys(metrics), ...Object.keys(events)]);
  const found: Finding[] = [];
  for (const path of askers) {
    for (const [, table = '', name = ''] of (project.read(path) ?? '').matchAll(
      /(AppMetrics|AppEvents) \| where Name == '([^']+)'/g,
    )) {
      const known = table === 'AppMetrics' ? metrics : events;
      if (known[name] === undefined)
        found.push({ path, at, code: 'infra-signal', message: `${table} never holds "${name}"; see ${list}` });
    }
    for (const [, name = ''] of (project.read(path) ?? '').matchAll(/Name == '([^']+)'/g)) unused.delete(name);
  }
  for (const name of unused)
    found.push({ path: list, at, code: 'infra-signal', message: `no alert and no panel uses "${name}"` });
  return found;
}
