/**
 * Where the platform may connect to by itself (S-54): public addresses over https on 443 and 8443, and what the operator allows by
 * name and port. Everything that leads back to ourselves, to neighbours or to a cloud's metadata is closed.
 */
import { BlockList, isIP } from 'node:net';

/** `host:port` as the operator wrote it, lower case. */
export type Egress = Readonly<{ allow: ReadonlySet<string> }>;
export type Endpoint = Readonly<{ url: URL; host: string; port: number; secure: boolean; allowed: boolean }>;
export type EndpointFault = 'url_bad' | 'not_https' | 'port_closed' | 'credentials_in_url' | 'address_closed';

const PORTS: ReadonlySet<number> = new Set([443, 8443]);
const MAX_URL_CHARACTERS = 2_048;

/** IANA special-purpose registries: nothing here is a public receiver. */
const CLOSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;
/** With v4-mapped, NAT64, Teredo and 6to4, whose inner address would be the real goal. */
const CLOSED_V6 = [
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

function listOf(nets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const net of nets) {
    const [address = '', bits] = net.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Two lists, because in one `BlockList` the v4-mapped net would close every IPv4 address. */
const CLOSED = { 4: listOf(CLOSED_V4, 'ipv4'), 6: listOf(CLOSED_V6, 'ipv6') } as const;

/** Is this a public address? What is not an address at all is not. */
export function isPublic(address: string): boolean {
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 4) return !CLOSED[4].check(address, 'ipv4');
  return family === 6 && !CLOSED[6].check(address, 'ipv6');
}

/** Host as it is compared and resolved: no brackets, no final dot. `URL` has made it ASCII and undone the odd spellings of numbers already. */
function hostOf({ hostname }: URL): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function parsed(text: string): URL | undefined {
  if (text.length > MAX_URL_CHARACTERS || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}

/** Checks the form of an address. Names are judged again by what they resolve to. */
export function endpointOf(text: string, { allow }: Egress): Readonly<{ endpoint: Endpoint }> | Readonly<{ fault: EndpointFault }> {
  const url = parsed(text);
  if (!url) return { fault: 'url_bad' };
  if (url.username !== '' || url.password !== '') return { fault: 'credentials_in_url' };
  const secure = url.protocol === 'https:';
  const host = hostOf(url);
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const allowed = allow.has(`${host}:${port}`);
  if (!secure && !allowed) return { fault: 'not_https' };
  if (!PORTS.has(port) && !allowed) return { fault: 'port_closed' };
  if (isIP(host) !== 0 && !isPublic(host) && !allowed) return { fault: 'address_closed' };
  return { endpoint: { url, host, port, secure, allowed } };
}
