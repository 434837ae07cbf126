/**
 * Chooses the function for a path and a method. Functions are tried in the order of their names, and the first that fits path,
 * constraints and method wins, whatever its template: so the real host does it, and a catch-all shadows what comes after it
 * there too. A method that no matching route takes is simply not found.
 */
import type { FunctionInfo } from '../contract.ts';
import { type Problem, Refusal } from './refusals.ts';
import { parseTemplate, type RouteTemplate } from './route-template.ts';

export interface Route {
  info: FunctionInfo;
  template: RouteTemplate;
  methods: ReadonlySet<string>;
  /** The binding that carries the answer; the return value where nothing else is said. */
  answer: string;
}

export const returnValue = '$return';

/** The answer may be an extra output, when the return value goes elsewhere. */
function answerBinding(info: FunctionInfo): string {
  const outputs = Object.values(info.bindings).filter(
    (binding) => binding.direction === 'out' && binding.type === 'http',
  );
  return outputs.some(({ name }) => name === returnValue) ? returnValue : (outputs[0]?.name ?? returnValue);
}

export interface Match {
  route: Route;
  params: Record<string, string>;
}

export interface Router {
  readonly routes: readonly Route[];
  /** `path` begins with a slash and carries no query. */
  match(method: string, path: string): Match | undefined;
}

const reserved = /^(admin|runtime)(\/|$)/i;

export function createRouter(functions: Iterable<FunctionInfo>, routePrefix: string): Router {
  const problems: Problem[] = [];
  const routes: Route[] = [];
  for (const info of functions) {
    if (info.trigger.type.toLowerCase() !== 'httptrigger') continue;
    const own = typeof info.trigger.route === 'string' ? info.trigger.route.replace(/^\/+|\/+$/g, '') : info.name;
    const text = [routePrefix, own].filter(Boolean).join('/');
    const listed = Array.isArray(info.trigger.methods)
      ? info.trigger.methods.map((method) => String(method).toUpperCase())
      : [];
    if (reserved.test(text)) {
      problems.push({
        code: 'ROUTE_INVALID',
        message: `Function "${info.name}": route "${text}" begins with a word that the host keeps for itself.`,
      });
      continue;
    }
    try {
      routes.push({
        info,
        template: parseTemplate(text),
        answer: answerBinding(info),
        methods: new Set(listed.length > 0 ? listed : ['GET', 'POST']),
      });
    } catch (error) {
      problems.push({
        code: 'ROUTE_INVALID',
        message: `Function "${info.name}": route "${text}": ${(error as Error).message}.`,
      });
    }
  }
  routes.sort((a, b) => byName(a.info.name.toUpperCase(), b.info.name.toUpperCase()));
  const seen = new Map<string, string>();
  for (const { info, template, methods } of routes) {
    for (const method of methods) {
      const key = `${method} /${template.text.replace(/\{(\*?)[^{}:]*/g, '{$1').toLowerCase()}`;
      const other = seen.get(key);
      if (other)
        problems.push({
          code: 'ROUTE_CONFLICT',
          message: `Functions "${other}" and "${info.name}" both answer ${method} /${template.text}.`,
        });
      seen.set(key, info.name);
    }
  }
  if (problems.length > 0) throw new Refusal(problems);
  return {
    routes,
    match(method, path) {
      for (const route of routes) {
        if (!route.methods.has(method)) continue;
        const params = parametersOf(route.template, path);
        if (params) return { route, params };
      }
      return undefined;
    },
  };
}

/** Ordinal, so `_` comes after the letters. */
const byName = (a: string, b: string): number => Number(a > b) - Number(a < b);

function parametersOf(template: RouteTemplate, path: string): Record<string, string> | undefined {
  const found = template.pattern.exec(path);
  if (!found) return undefined;
  const params: Record<string, string> = {};
  for (const [at, { name, fallback, checks }] of template.parameters.entries()) {
    const raw = found[at + 1];
    const value = raw === undefined || raw === '' ? fallback : decode(raw);
    if (value === undefined) continue;
    if (!checks.every((check) => check(value))) return undefined;
    params[name] = value;
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoding after all: the text stands for itself.
    return text;
  }
}
