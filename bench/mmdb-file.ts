// Writes a MaxMind DB (MaxMind-DB-spec 2.0): records of 28 bits, an IPv6 tree with IPv4 under ::/96, no pointers in its data.

import type { Address } from './networks.ts';

const separator = Buffer.alloc(16);
const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** The networks do not overlap; `record` is a place in `records`. */
export function mmdbFile(
  records: readonly object[],
  networks: Iterable<{ readonly address: Address; readonly bits: number; readonly record: number }>,
): Buffer {
  const encoded = records.map(encode);
  const offsets: number[] = [];
  let length = 0;
  for (const bytes of encoded) {
    offsets.push(length);
    length += bytes.length;
  }
  // Two sides a node: undefined, a node above 0, or -1 - the number of a record.
  const sides: (number | undefined)[] = [];
  const addNode = (): number => sides.push(undefined, undefined) / 2 - 1;
  addNode();
  for (const { address, bits, record } of networks) {
    const [hex, depth] =
      typeof address === 'string' ? [address, bits] : [address.toString(16).padStart(32, '0'), bits + 96];
    let node = 0;
    for (let step = 0; step < depth; step++) {
      const side = node * 2 + ((Number.parseInt(hex[step >> 2] ?? '', 16) >> (3 - (step & 3))) & 1);
      if (step === depth - 1) sides[side] = -1 - record;
      else node = sides[side] ??= addNode();
    }
  }
  const nodes = sides.length / 2;
  const tree = Buffer.alloc(nodes * 7);
  const valueOf = (side: number | undefined): number => {
    if (side === undefined) return nodes;
    return side >= 0 ? side : nodes + separator.length + (offsets[-1 - side] as number);
  };
  for (let node = 0; node < nodes; node++) {
    const [left, right] = [valueOf(sides[node * 2]), valueOf(sides[node * 2 + 1])];
    tree.writeUIntBE(left & 0xff_ffff, node * 7, 3);
    tree[node * 7 + 3] = ((left >>> 24) << 4) | (right >>> 24);
    tree.writeUIntBE(right & 0xff_ffff, node * 7 + 4, 3);
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_767_225_600,
    database_type: 'Bench-City',
    description: { en: 'made by bench/geo.ts' },
    ip_version: 6,
    languages: ['en'],
    node_count: nodes,
    record_size: 28,
  });
  return Buffer.concat([tree, separator, ...encoded, marker, metadata]);
}

function encode(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') return Number.isInteger(value) ? whole(value) : double(value);
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value as object);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, of]) => [encode(key), encode(of)])]);
}

function whole(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return Buffer.concat([control(6, 4), bytes]);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return Buffer.concat([control(3, 8), bytes]);
}

/** Types above 7 are in a byte of their own; sizes above 28 too. */
function control(type: number, size: number): Buffer {
  if (size > 28 + 256) throw new Error('bug: a value too long for this writer');
  const short = size < 29 ? size : 29;
  const head = type > 7 ? [short, type - 7] : [(type << 5) | short];
  return Buffer.from(size < 29 ? head : [...head, size - 29]);
}
