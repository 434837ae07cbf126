/** Bytes on a socket, as no HTTP client would send them; answers with everything that comes back until the other side is silent. */
import { connect } from 'node:net';

const LONGEST_MS = 8_000;

export function rawSocket(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part);
    });
    const over = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    const timer = setTimeout(over, LONGEST_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      // One whole answer with a length is enough: the connection may stay open for more.
      const text = Buffer.concat(chunks).toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (head >= 0 && length !== undefined && text.length >= head + 4 + Number(length)) setTimeout(over, 50);
      if (head >= 0 && text.endsWith('0\r\n\r\n')) setTimeout(over, 50);
    });
    socket.on('close', over);
    socket.on('error', over);
  });
}
