#!/usr/bin/env node
// The `countersign` command: builds what is stale, then runs the command line under production's Node major.

process.argv.splice(2, 0, 'dist/cli.mjs');
await import(new URL('./run.mjs', import.meta.url).href);
