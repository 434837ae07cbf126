/**
 * What users do, end to end, in the rough weather of one seed (`SEED`): the same tests, the same answers. `slots.test.ts` stays
 * out: it counts requests at the target, and weather runs activities twice.
 */
process.env.PRODUCT_ARGS = `--weather ${process.env.SEED ?? 31}:0.02`;
await import('./labour-cost-posting.test.ts');
await import('./controls.test.ts');
await import('./deadlines.test.ts');
await import('./withdrawal.test.ts');
