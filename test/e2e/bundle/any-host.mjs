/**
 * Any Functions host, as far as loading goes: answers for `@azure/functions-core`, loads the built app, and says what it
 * registered, how long that took, and what it did beyond reading its own files. Run in a process of its own.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import Module, { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import workerThreads from 'node:worker_threads';
import { pathToFileURL } from 'node:url';

const functions = [];
const hooks = [];
const did = [];
class Disposable {
  dispose() {}
}
const core = {
  version: '3.9.1',
  hostVersion: '4.1037.0',
  Disposable,
  setProgrammingModel: () => undefined,
  getProgrammingModel: () => undefined,
  registerFunction: (metadata) => (functions.push(metadata), new Disposable()),
  registerHook: (name) => (hooks.push(name), new Disposable()),
  log: () => undefined,
};
const original = Module.prototype.require;
Module.prototype.require = function (id) {
  return id === '@azure/functions-core' ? core : Reflect.apply(original, this, [id]);
};

const watch = (target, names, what) => {
  for (const name of names) {
    const own = target[name];
    target[name] = function (...given) {
      did.push(`${what} ${name}`);
      return Reflect.apply(own, this, given);
    };
  }
};
watch(net.Server.prototype, ['listen'], 'net');
watch(net.Socket.prototype, ['connect'], 'net');
const WRITES = ['writeFile', 'appendFile', 'mkdir', 'mkdtemp', 'rm', 'rename', 'unlink'];
watch(fs, [...WRITES, ...WRITES.map((name) => `${name}Sync`), 'createWriteStream'], 'fs');
watch(fsPromises, WRITES, 'fs');
watch(childProcess, ['spawn', 'exec', 'execFile', 'fork', 'spawnSync', 'execSync', 'execFileSync'], 'process');
const { openSync } = fs;
fs.openSync = (path, flags, ...given) => {
  if (flags !== undefined && flags !== 'r' && flags !== fs.constants.O_RDONLY) did.push('fs openSync');
  return openSync(path, flags, ...given);
};
const { Worker } = workerThreads;
workerThreads.Worker = class extends Worker {
  constructor(...given) {
    did.push('thread');
    super(...given);
  }
};
syncBuiltinESMExports();

const from = performance.now();
try {
  await import(pathToFileURL(process.argv[2]).href);
  const ms = performance.now() - from;
  await new Promise((resume) => setTimeout(resume, 50));
  console.log(JSON.stringify({ ms, functions, hooks, did }));
  process.exit(0);
} catch (error) {
  console.log(JSON.stringify({ error: error.message, stack: error.stack, did }));
  process.exit(1);
}
