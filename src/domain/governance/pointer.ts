/** JSON pointers (RFC 6901) into records and into the content of a request. */
import { isJsonObject, type Json } from '../json.ts';

export function pointerParts(pointer: string): readonly string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value there, or undefined; own members only. */
export function atPointer(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const part of pointerParts(pointer)) {
    if (Array.isArray(at)) at = /^(0|[1-9]\d*)$/.test(part) ? (at[Number(part)] as Json | undefined) : undefined;
    else if (isJsonObject(at) && Object.hasOwn(at, part)) at = at[part];
    else return undefined;
  }
  return at;
}
