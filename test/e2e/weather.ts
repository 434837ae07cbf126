/**
 * Which end-to-end suites run in the rough weather of the real host as well, under `SEEDS` (three by default, a hundred by
 * `npm run test:long`), and why the others do not. The runner starts them; what weather is stands in the host's README.
 */

/** The longest first, so that none is left alone at the end. */
export const IN_WEATHER_TOO: readonly string[] = [
  'kill',
  'labour-cost-posting',
  'command-line',
  'canary',
  'tenant-isolation',
  'durability',
  'approval-links',
  'slots',
  'deadlines',
  'hostile-expressions',
  'decision-form',
  'decision-form-ways',
  'governed-runs',
  'controls',
  'governance-bypass',
  'http-rules',
  'language',
  'withdrawal',
];

export const CALM_ONLY: Readonly<Record<string, string>> = {
  bundle: 'loads the app without a hub',
  'canary.azure': 'runs on the Azure platform of the tests, without this host',
  'decision-form-page': 'looks at pages',
  'demo-beside': 'is about the command beside a host; its one run is the main job',
  'local-host': 'sends requests that start no run',
  operations: 'moves a clock of its own in the process of the test',
  pages: 'looks at pages in a browser',
  'put-together': 'is about apps that cannot start',
  'second-start': 'is about a command that is refused',
  wire: 'sends bytes that start no run',
};

export const FIRST_SEEDS: readonly number[] = [11, 12, 13];
export const MANY_SEEDS: readonly number[] = Array.from({ length: 100 }, (_, index) => 101 + index);
