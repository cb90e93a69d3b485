// MMDB files: made here, bit by bit, to be broken; and those of MaxMind's own tests with their answers, where they are.

import { existsSync, readFileSync } from 'node:fs';
import { Reader } from 'mmdb-lib';
import { expect, test } from 'vitest';
import { openTable } from '../table.ts';
import type { FormatOptions } from './format.ts';
import { mmdb } from './mmdb.ts';
import { readNode } from './mmdb-table.ts';
import { createRowReport } from './row-report.ts';

const data = new URL('../../../../shared/data/mmdb/', import.meta.url);
const hasData = existsSync(data);

function read(bytes: Buffer, options: Partial<FormatOptions> = {}) {
  return mmdb.read(bytes, { primaryKey: 'network', ...options }, createRowReport('f'));
}

function open(bytes: Buffer, options: Partial<FormatOptions> = {}) {
  const content = read(bytes, options);
  if (!('table' in content)) throw new Error(JSON.stringify(content));
  const table = openTable({ name: 't', primaryKey: 'network', match: 'cidr', selectors: {} }, content.table);
  return {
    rows: table.rows,
    find: (address: string) => table.find(address, 0),
    history: (address: string) => table.history(address),
  };
}

const bytesOf = (...values: number[]) => Buffer.from(values);
const text = (value: string) => Buffer.concat([bytesOf(0x40 | value.length), Buffer.from(value)]);
const map = (...entries: [string, Buffer][]) =>
  Buffer.concat([bytesOf(0xe0 | entries.length), ...entries.flatMap(([key, value]) => [text(key), value])]);

/** One node: 0.0.0.0/1 is nothing, 128.0.0.0/1 is the record at the start of the data. */
function file(record: Buffer, { nodes = bytesOf(0, 0, 1, 0, 0, 17), count = 1, size = 24, ip = 4, major = 2 } = {}) {
  const metadata = map(
    ['node_count', bytesOf(0xc1, count)],
    ['record_size', bytesOf(0xa1, size)],
    ['ip_version', bytesOf(0xa1, ip)],
    ['binary_format_major_version', bytesOf(0xa1, major)],
  );
  return Buffer.concat([nodes, Buffer.alloc(16), record, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

test('an address gets the record of its network, or none', () => {
  const table = open(file(map(['asn', bytesOf(0xc2, 1, 0)], ['name', text('x')])));
  expect(table.rows).toBe(1);
  expect(['200.1.1.1', '127.1.1.1', '::1', 'x', ''].map(table.find)).toStrictEqual([
    { asn: 256, name: 'x' },
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(table.history('200.1.1.1')).toStrictEqual([{ row: { asn: 256, name: 'x' }, from: -Infinity, to: Infinity }]);
});
test('columns are taken out of the record; a record without any of them, and an empty one, are no row', () => {
  const record = map(['city', map(['en', text('Rome')])]);
  expect(open(file(record), { fields: { name: 'city.en', x: 'x.y' } }).find('200.1.1.1')).toStrictEqual({
    name: 'Rome',
  });
  expect(open(file(record), { fields: { x: 'x.y' } }).find('200.1.1.1')).toBeUndefined();
  expect(open(file(map())).find('200.1.1.1')).toBeUndefined();
});
test('every type has a JSON form', () => {
  const record = map(
    ['i', bytesOf(0x04, 0x01, 0xff, 0xff, 0xff, 0xff)],
    ['s', bytesOf(0x01, 0x01, 0x07)],
    ['u', bytesOf(0x08, 0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['b', bytesOf(0x82, 0xab, 0xcd)],
    ['y', bytesOf(0x01, 0x07)],
    ['n', bytesOf(0x68, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)],
    ['a', bytesOf(0x02, 0x04, 0xa0, 0xa1, 3)],
    ['__proto__', map(['polluted', text('x')])],
  );
  const row = open(file(record)).find('200.1.1.1');
  expect(row).toStrictEqual({ i: -1, s: 7, u: '18446744073709551615', b: 'abcd', y: true, n: null, a: [0, 3] });
  expect(row?.['polluted']).toBeUndefined();
});

test('nodes of every size, left and right', () => {
  const common = { bytes: bytesOf(1, 2, 3, 0x45, 6, 7, 8, 9), nodes: 1, ipVersion: 4, dataEnd: 8 } as const;
  const sides = ([24, 28, 32] as const).map((recordSize) =>
    [0, 1].map((side) => readNode({ ...common, recordSize }, 0, side).toString(16)),
  );
  expect(sides).toStrictEqual([
    ['10203', '450607'],
    ['4010203', '5060708'],
    ['1020345', '6070809'],
  ]);
});
test('long texts and lists', () => {
  const long = (length: number) => Buffer.concat([bytesOf(0x5d, length - 29), Buffer.alloc(length, 'x')]);
  const longer = Buffer.concat([bytesOf(0x5e, 3, 0xe8), Buffer.alloc(1285, 'y')]);
  const list = Buffer.concat([bytesOf(0x1d, 0x04, 1), Buffer.alloc(30, 0xa0)]);
  const row = open(file(map(['a', long(200)], ['b', longer], ['c', list]))).find('200.1.1.1');
  expect(row).toStrictEqual({ a: 'x'.repeat(200), b: 'y'.repeat(1285), c: Array.from({ length: 30 }, () => 0) });
});

test.each([
  ['no metadata', Buffer.from('ip,port\n1.1.1.1,80\n'), 'it has no metadata'],
  ['a later version', file(map(), { major: 3 }), 'its format is not version 2'],
  ['a record size of its own', file(map(), { size: 25 }), 'its record size is not 24, 28 or 32'],
  ['an unknown IP version', file(map(), { ip: 5 }), 'its IP version is not 4 or 6'],
  ['more nodes than bytes', file(map(), { count: 200 }), 'its tree is longer than the file'],
  ['a wrong node count', file(Buffer.alloc(40, 1), { count: 3 }), 'its tree is not where it should end'],
  ['a record outside', file(map(), { nodes: bytesOf(0, 0, 1, 9, 0, 17) }), 'its tree points outside the data'],
  ['a record in the separator', file(map(), { nodes: bytesOf(0, 0, 1, 0, 0, 9) }), 'its tree points outside the data'],
  ['a string over the end', file(bytesOf(0xe1, 0x41, 0x61, 0x5c)), 'a record cannot be read'],
  ['a pointer to itself', file(bytesOf(0x20, 0)), 'a record cannot be read'],
  ['a map in itself', file(bytesOf(0xe1, 0x41, 0x61, 0x20, 0)), 'a record cannot be read'],
  ['a key that is no text', file(bytesOf(0xe1, 0xa1, 1, 0xa1, 1)), 'a record cannot be read'],
  [
    'lists of millions in lists',
    file(Buffer.alloc(100_000, bytesOf(0x1f, 0x04, 0xff, 0xff, 0xff))),
    'a record cannot be read',
  ],
  [
    'lists of lists too deep',
    file(Buffer.concat([...Array.from({ length: 20 }, () => bytesOf(0x01, 0x04)), text('x')])),
    'a record cannot be read',
  ],
  [
    'a string that is too long',
    file(Buffer.concat([bytesOf(0x5e, 0xff, 0xf0), Buffer.alloc(65_805)])),
    'a record cannot be read',
  ],
  ['a double of three bytes', file(bytesOf(0x63, 1, 2, 3)), 'a record cannot be read'],
  ['an unknown type', file(bytesOf(0x00, 0x20)), 'a record cannot be read'],
])('%s is refused', (_, bytes, reason) =>
  expect(read(bytes)).toStrictEqual({ refused: expect.stringMatching(new RegExp(`MMDB: ${reason}$`)) }),
);
test('a record that multiplies itself by pointers is refused at once', () => {
  // Each list is of 28 pointers to the one before: 17 million values.
  const lists = [bytesOf(0xa0)];
  let at = 0;
  for (let level = 0; level < 5; level++) {
    const start = lists.reduce((sum, { length }) => sum + length, 0);
    lists.push(
      Buffer.concat([bytesOf(0x1c, 0x04), ...Array.from({ length: 28 }, () => bytesOf(0x20 | (at >> 8), at & 255))]),
    );
    at = start;
  }
  const record = Buffer.concat(lists);
  const began = performance.now();
  expect(read(file(record, { nodes: bytesOf(0, 0, 1, 0, (17 + at) >> 8, (17 + at) & 255) }))).toHaveProperty('refused');
  expect(performance.now() - began).toBeLessThan(500);
});
test('a tree that runs in a ring ends', () => {
  const ring = file(map(['a', text('x')]), { nodes: bytesOf(0, 0, 0, 0, 0, 17) });
  expect(open(ring).find('0.0.0.0')).toBeUndefined();
});
test('no change of a byte makes it crash or loop', () => {
  const sound = file(map(['a', text('x')], ['l', bytesOf(0x02, 0x04, 0xa1, 7, 0x20, 3)]));
  expect(open(sound).find('200.1.1.1')).toStrictEqual({ a: 'x', l: [7, 'x'] });
  let opened = 0;
  for (let at = 0; at < sound.length; at++) {
    for (const value of [0, 1, 0x1f, 0x20, 0x3f, 0x7f, 0xe0, 0xff]) {
      const broken = Buffer.from(sound);
      broken[at] = value;
      if (!('table' in read(broken))) continue;
      opened++;
      open(broken).find('200.1.1.1');
    }
  }
  expect(opened).toBeGreaterThan(50);
});

const missing = hasData ? '' : ' (skipped: there is no ../shared/data)';
const shared = (name: string): Buffer => readFileSync(new URL(name, data));

test
  .skipIf(!hasData)
  .each(['GeoLite2-City-Test', 'GeoLite2-Country-Test', 'GeoLite2-ASN-Test', 'GeoIP2-Anonymous-IP-Test'])(
  `%s answers as its source says${missing}`,
  (name) => {
    const table = open(shared(`${name}.mmdb`));
    const source: readonly Record<string, object>[] = JSON.parse(shared(`${name}.json`).toString());
    for (const [network, record] of source.flatMap((entry) => Object.entries(entry))) {
      const address = network.split('/')[0]?.replace(/^::(?=\d+\.)/, '') ?? '';
      expect([address, table.find(address)]).toStrictEqual([
        address,
        Object.keys(record).length === 0 ? undefined : record,
      ]);
    }
  },
);
test
  .skipIf(!hasData)
  .each([
    'GeoIP2-Connection-Type-Test',
    'GeoIP2-ISP-Test',
    'MaxMind-DB-test-ipv4-24',
    'MaxMind-DB-test-mixed-28',
    'MaxMind-DB-test-mixed-32',
    'ipinfo_lite_sample',
  ])(`%s answers as another reader does${missing}`, (name) => {
  const table = open(shared(`${name}.mmdb`));
  const other = new Reader<never>(shared(`${name}.mmdb`));
  let found = 0;
  for (let first = 0; first < 256; first++) {
    for (const address of [
      `${first}.1.1.1`,
      `1.1.1.${first}`,
      `${first}.128.77.3`,
      `2001:${first.toString(16)}::1`,
      `::1:ffff:${first}`,
    ]) {
      if (name.includes('ipv4') && address.includes(':')) continue;
      const row = table.find(address);
      expect([address, row ?? null]).toStrictEqual([address, other.get(address)]);
      if (row !== undefined) found++;
    }
  }
  expect(found).toBeGreaterThan(0);
});
test.skipIf(!hasData)(`the file of all types${missing}`, () =>
  expect(open(shared('MaxMind-DB-test-decoder.mmdb')).find('1.1.1.1')).toMatchObject({
    array: [1, 2, 3],
    boolean: true,
    bytes: '0000002a',
    double: 42.123456,
    int32: -268_435_456,
    uint128: '1329227995784915872903807060280344576',
    uint64: '1152921504606846976',
    map: { mapX: { utf8_stringX: 'hello' } },
  }),
);
test.skipIf(!hasData)(`broken files are refused, or answer where they are sound${missing}`, () => {
  expect(read(shared('MaxMind-DB-test-broken-pointers-24.mmdb'))).toHaveProperty('refused');
  expect(read(shared('GeoIP2-City-Test-Invalid-Node-Count.mmdb'))).toHaveProperty('refused');
  const table = open(shared('MaxMind-DB-test-broken-search-tree-24.mmdb'));
  expect(table.find('1.1.1.1')).toStrictEqual({ ip: '1.1.1.1' });
  for (let first = 0; first < 256; first++) expect(table.find(`${first}.255.0.1`)).toBeUndefined();
});
