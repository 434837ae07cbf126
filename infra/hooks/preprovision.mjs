// Before azd provisions: registers the API in Entra unless that was done, and fixes the first day of the budget.
// Both are remembered in the azd environment, so that later runs change nothing.
import { register, remember } from './register.mjs';

const { env } = process;
if (!env.COUNTERSIGN_BUDGET_START) remember('COUNTERSIGN_BUDGET_START', `${new Date().toISOString().slice(0, 7)}-01`);
if (!env.COUNTERSIGN_AUDIENCE) remember('COUNTERSIGN_AUDIENCE', register());
