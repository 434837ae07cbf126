/** Listening TCP sockets of a process and its descendants, from /proc. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listening {
  /** As the kernel writes it, e.g. `0100007F` for 127.0.0.1. */
  readonly address: string;
  readonly port: number;
}

export const LOOPBACK = ['0100007F', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'];

export function listeningSockets(root: number): readonly Listening[] {
  const inodes = new Set(familyOf(root).flatMap(socketsOf));
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((parts) => parts[3] === '0A' && inodes.has(parts[9] ?? ''))
      .map((parts) => {
        const [address = '', port = ''] = (parts[1] ?? '').split(':');
        return { address, port: parseInt(port, 16) };
      }),
  );
}

function familyOf(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const family = [root];
  for (const pid of family) for (const [child, parent] of parents) if (parent === pid) family.push(child);
  return family;
}

function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}
