/** Telemetry that is opened by its first entry, a moment later; what comes meanwhile waits, up to a limit. */
import type { AzureTelemetry, ForwardedEntry } from './telemetry.ts';

const MOST_WAITING = 500;

export function lazyTelemetry(open: () => Promise<AzureTelemetry>): AzureTelemetry {
  const waiting: ForwardedEntry[] = [];
  let opening: Promise<AzureTelemetry | null> | null = null;
  let opened: AzureTelemetry | null = null;

  async function begin(): Promise<AzureTelemetry | null> {
    try {
      // Not in the turn that serves the request.
      await new Promise((later) => setImmediate(later));
      opened = await open();
      for (const entry of waiting.splice(0)) opened.forward(entry);
      return opened;
    } catch (error) {
      // The product works without its copy; the host's log says why there is none.
      waiting.length = 0;
      process.stderr.write(`telemetry is not sent: ${error instanceof Error ? error.name : 'error'}\n`);
      return null;
    }
  }

  return {
    forward(entry) {
      if (opened !== null) return opened.forward(entry);
      opening ??= begin();
      if (waiting.length < MOST_WAITING) waiting.push(entry);
    },
    async close() {
      await (await opening)?.close();
    },
  };
}
