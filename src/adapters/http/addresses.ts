/**
 * Which network addresses and host names a connector may never reach. Pure: names and addresses in, a verdict out.
 * Source of the ranges: the IANA special-purpose registries, plus Azure's wire server (168.63.129.16), which looks public.
 * IPv6 is an allow-list (global unicast without its tunnels), because mapped and translated forms hide IPv4 targets.
 */
import { BlockList, isIP } from 'node:net';

const NEVER_V4 = [
  '0.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
];
const PRIVATE_V4 = ['10.0.0.0/8', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
const GLOBAL_V6 = ['2000::/3'];
const NEVER_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
const PRIVATE_V6 = ['::1/128', 'fc00::/7'];

const neverV4 = list(NEVER_V4, 'ipv4');
const privateV4 = list(PRIVATE_V4, 'ipv4');
const globalV6 = list(GLOBAL_V6, 'ipv6');
const neverV6 = list(NEVER_V6, 'ipv6');
const privateV6 = list(PRIVATE_V6, 'ipv6');

/** True when a connection to this literal address is allowed. `allowPrivate`: loopback and private ranges too, never link-local. */
export function addressAllowed(address: string, allowPrivate: boolean): boolean {
  switch (isIP(address)) {
    case 4:
      if (neverV4.check(address, 'ipv4')) return false;
      return allowPrivate || !privateV4.check(address, 'ipv4');
    case 6:
      if (address.includes('%')) return false;
      if (allowPrivate && privateV6.check(address, 'ipv6')) return true;
      return globalV6.check(address, 'ipv6') && !neverV6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** True when a name may be looked up at all. Names that resolve inside a platform are refused before any query leaves. */
export function nameAllowed(name: string, allowPrivate: boolean): boolean {
  const host = name.toLowerCase().replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return allowPrivate;
  if (host === 'metadata' || host.startsWith('metadata.')) return false;
  if (/(^|\.)(internal|local|localdomain|home\.arpa)$/.test(host)) return false;
  if (host.endsWith('.scm.azurewebsites.net')) return false;
  return /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(host);
}

function list(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const block = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/');
    block.addSubnet(network, Number(prefix), family);
  }
  return block;
}
