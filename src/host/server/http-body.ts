/** Reads a request's body up to the platform's limit. */
import type { IncomingMessage } from 'node:http';

/** The real host's limit; above it it answers 500, not 413. */
export const maxBodyBytes = 104_857_600;

/** The whole body, or `undefined` when it is longer than the limit. Rejects when the caller goes away. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
