/** Reads a request's body up to a limit. */
import type { IncomingMessage } from 'node:http';

/**
 * The whole body, or `undefined` when it is longer than `limit` bytes (the rest is dropped as it comes). Rejects when the
 * caller goes away. By events, because the stream's own iterator costs as much as a small function.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else resolve(undefined);
  });
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('error', reject);
  request.once('close', () => {
    if (!request.complete) reject(new Error('the caller went away'));
  });
  return promise;
}
