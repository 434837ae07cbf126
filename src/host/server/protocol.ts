/** What supervisor and supervised process tell one another. Apart so that the supervisor loads nothing of the host. */
import type { Problem } from './refusals.ts';
import type { HostOptions } from './start-host.ts';

export interface StartMessage {
  start: HostOptions & { watchdogMs: number };
}

export type ToChild = StartMessage | { stop: number };
export type FromChild =
  { ready: { url: string; port: number } } | { refused: readonly Problem[] } | { crashed: string };

/** The descriptor that the watchdog writes to, one line of JSON. */
export const watchdogFd = 4;

export interface StuckReport {
  stuck: { function: string | null; subject: number; file: string | null; line: number | null; seconds: number };
}
