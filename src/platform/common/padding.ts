/**
 * Padding before encryption: GCM keeps lengths, and a length can say approve or reject, comment or none. Values below
 * 4 KiB are padded to steps of 256 bytes, larger ones to steps of 4 KiB. Form: length (4 bytes, big endian), text, zeros.
 */
const PREFIX = 4;
const SMALL = 4096;

export function paddedLength(length: number): number {
  const whole = length + PREFIX;
  const step = whole < SMALL ? 256 : SMALL;
  return Math.ceil(whole / step) * step;
}

export function pad(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const padded = Buffer.alloc(paddedLength(length));
  padded.writeUInt32BE(length, 0);
  padded.write(text, PREFIX, 'utf8');
  return padded;
}

export function unpad(padded: Buffer): string {
  return padded.toString('utf8', PREFIX, PREFIX + padded.readUInt32BE(0));
}
