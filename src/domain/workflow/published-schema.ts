/** The JSON Schema of definition files, for editors: made from the very schemas that validate. */
import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { nodesForm, publishedStepsForm } from './shape/workflow.ts';
import { businessObject, connector, directory, policy } from './shape/others.ts';

let made: JsonObject | null = null;

export function definitionJsonSchema(): JsonObject {
  made ??= make();
  return made;
}

function make(): JsonObject {
  const any = z.union([
    publishedStepsForm.meta({ title: 'Workflow (steps)' }),
    nodesForm.meta({ title: 'Workflow (nodes and edges)' }),
    connector.meta({ title: 'Connector' }),
    policy.meta({ title: 'Policy' }),
    businessObject.meta({ title: 'BusinessObject' }),
    directory.meta({ title: 'Directory' }),
  ]);
  const schema = z.toJSONSchema(any, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12', reused: 'ref' });
  return { title: 'Countersign definition', ...(schema as JsonObject) };
}
