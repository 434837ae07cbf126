/** JSON pointer (RFC 6901) into what an outside system answered. Pure; own members only. */
import { isJsonObject, type Json } from '../domain/json.ts';

/** The value there, or undefined. `''` is the whole value. */
export function at(value: Json, pointer: string): Json | undefined {
  let here: Json | undefined = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(here))
      here = /^(0|[1-9]\d{0,8})$/.test(name) ? (here[Number(name)] as Json | undefined) : undefined;
    else if (isJsonObject(here) && Object.hasOwn(here, name)) here = here[name];
    else return undefined;
  }
  return here;
}

export function isPointer(text: string): boolean {
  return text === '' || /^(\/([^~/]|~[01])*)+$/.test(text);
}
