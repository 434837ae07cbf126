/** The same as `weather.test.ts` under a hundred other seeds. */
process.env.SEEDS ??= Array.from({ length: 100 }, (_, index) => 101 + index).join(',');
await import('./weather.test.ts');
