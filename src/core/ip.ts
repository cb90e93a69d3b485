// IP addresses and networks as numbers: checked and parsed on char codes, since every event has some.
// Text forms are strict (RFC 4291, dotted decimal without leading zeros, no zone), as Go's net.ParseIP takes them.

/** A network: the address' words (one for IPv4, four for IPv6), host bits cleared, and the length of the prefix. */
export interface Cidr {
  readonly version: 4 | 6;
  readonly words: Uint32Array;
  readonly bits: number;
}

const DOT = 46;
const COLON = 58;

function ipv4Between(text: string, from: number, to: number): number {
  if (to - from < 7 || to - from > 15) return -1;
  let address = 0;
  let octet = -1;
  let dots = 0;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return -1;
      address = address * 256 + octet;
      octet = -1;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9 || octet === 0) return -1;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return -1;
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : -1;
}

/** 0 to 2^32 - 1, or -1 for what is no IPv4 address. */
export function parseIpv4(text: string): number {
  return ipv4Between(text, 0, text.length);
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

const groups = new Uint16Array(8);

/** Fills `groups`; false for what is no IPv6 address. */
function readIpv6(text: string, to: number): boolean {
  if (to < 2 || to > 45) return false;
  let count = 0;
  let gap = -1;
  let index = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gap = 0;
    index = 2;
  }
  while (index < to) {
    if (count === 8) return false;
    const start = index;
    let value = 0;
    for (; index < to; index++) {
      const digit = hexDigit(text.charCodeAt(index));
      if (digit < 0) break;
      value = (value << 4) | digit;
      if (index - start > 3) return false;
    }
    if (index < to && text.charCodeAt(index) === DOT) {
      const tail = ipv4Between(text, start, to);
      if (tail < 0 || count > 6) return false;
      groups[count++] = Math.floor(tail / 65536);
      groups[count++] = tail % 65536;
      index = to;
      break;
    }
    if (index === start) return false;
    groups[count++] = value;
    if (index === to) break;
    if (text.charCodeAt(index) !== COLON) return false;
    index++;
    if (index === to) return false;
    if (text.charCodeAt(index) === COLON) {
      if (gap >= 0) return false;
      gap = count;
      index++;
    }
  }
  if (gap < 0) return count === 8;
  if (count === 8) return false;
  const moved = count - gap;
  groups.copyWithin(8 - moved, gap, count);
  groups.fill(0, gap, 8 - moved);
  return true;
}

function group(index: number): number {
  return groups[index] ?? 0;
}

function takeWords(): Uint32Array {
  const words = new Uint32Array(4);
  for (let index = 0; index < 4; index++) words[index] = group(index * 2) * 65536 + group(index * 2 + 1);
  return words;
}

/** Four words, the most significant first; undefined for what is no IPv6 address. */
export function parseIpv6(text: string): Uint32Array | undefined {
  return readIpv6(text, text.length) ? takeWords() : undefined;
}

/** 0 for what is no address. Allocates nothing. */
export function ipVersion(text: string): 0 | 4 | 6 {
  const { length } = text;
  if (length < 2 || length > 45) return 0;
  if (ipv4Between(text, 0, length) >= 0) return 4;
  return readIpv6(text, length) ? 6 : 0;
}

/** `10.0.0.0/8`, `2001:db8::/32`. undefined for what is no network; host bits may be set and are cleared. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const digits = text.length - slash - 1;
  if (slash < 0 || digits < 1 || digits > 3) return undefined;
  let bits = 0;
  for (let index = slash + 1; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9 || (digits > 1 && index === slash + 1 && digit === 0)) return undefined;
    bits = bits * 10 + digit;
  }
  const address = ipv4Between(text, 0, slash);
  if (address >= 0) return bits > 32 ? undefined : network(4, Uint32Array.of(address), bits);
  if (bits > 128 || !readIpv6(text, slash)) return undefined;
  return network(6, takeWords(), bits);
}

function network(version: 4 | 6, words: Uint32Array, bits: number): Cidr {
  for (let index = 0; index < words.length; index++) {
    const kept = Math.min(32, Math.max(0, bits - index * 32));
    words[index] = kept === 0 ? 0 : (words[index] ?? 0) & (-1 << (32 - kept));
  }
  return { version, words, bits };
}

/** Not of the public internet: private, loopback, link-local, shared (RFC 6598), documentation, benchmarking, multicast,
 *  reserved (IANA's special-purpose registries). IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4) are judged by
 *  it. Text that is no address is not private. */
export function isPrivate(text: string): boolean {
  const address = parseIpv4(text);
  if (address >= 0) return isPrivateIpv4(address);
  return readIpv6(text, text.length) && isPrivateIpv6();
}

function isPrivateIpv4(address: number): boolean {
  const top = address >>> 24;
  const second = (address >>> 16) & 255;
  const top24 = address >>> 8;
  switch (top) {
    case 0:
    case 10:
    case 127:
      return true;
    case 100:
      return second >= 64 && second < 128;
    case 169:
      return second === 254;
    case 172:
      return second >= 16 && second < 32;
    case 192:
      return second === 168 || top24 === 0xc00000 || top24 === 0xc00002;
    case 198:
      return second === 18 || second === 19 || top24 === 0xc63364;
    case 203:
      return top24 === 0xcb0071;
    default:
      return top >= 224;
  }
}

function isPrivateIpv6(): boolean {
  const first = group(0);
  const embedded = group(6) * 65536 + group(7);
  if (first === 0 && (group(1) | group(2) | group(3) | group(4)) === 0) {
    // ::/96 holds ::, ::1 and the long dead compatible form; ::ffff:0:0/96 is IPv4-mapped.
    return group(5) === 0xffff ? isPrivateIpv4(embedded) : true;
  }
  if (first === 0x64 && group(1) === 0xff9b) {
    return (group(2) | group(3) | group(4) | group(5)) === 0 ? isPrivateIpv4(embedded) : true;
  }
  if (first === 0x2002) return isPrivateIpv4(group(1) * 65536 + group(2));
  if (first === 0x2001) return group(1) < 0x200 || group(1) === 0xdb8;
  if (first === 0x100) return (group(1) | group(2) | group(3)) === 0;
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || first >= 0xfec0 || first === 0x3fff;
}

/** A network, or an address, which is a network of full length; undefined for text that is neither. */
export function parseNetwork(text: string): Cidr | undefined {
  if (text.includes('/')) return parseCidr(text);
  return parseCidr(`${text}/${text.includes(':') ? 128 : 32}`);
}
