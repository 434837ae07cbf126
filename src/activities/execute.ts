/** EXECUTE: gives a command to an outside system. Its output is what the system answered. */
import type { Json } from '../domain/json.ts';
import type { ExecuteAction } from '../domain/workflow/plan.ts';
import { verb } from './internal-step.ts';
import { write, type Written } from './write.ts';

const answered = ([first]: readonly Written[]): Json => first?.receipt ?? null;

export const execute = verb<ExecuteAction>((step) => write(step, answered));
