import { expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { createJoin, type Joined } from './join.ts';
import { type LookupRow, packTable } from './pack.ts';
import { type LookupDefinition, type LookupTable, openTable } from './table.ts';

const now = Date.UTC(2026, 0, 1);
const createLookupTable = (
  definition: LookupDefinition,
  rows: readonly LookupRow[],
  valid?: (row: LookupRow) => readonly [number, number],
): LookupTable =>
  openTable(definition, packTable({ ...definition, ...(valid === undefined ? {} : { valid }) }, rows).table);

const networks = (...keys: string[]): LookupTable =>
  createLookupTable(
    { name: 'nets', primaryKey: 'net', match: 'cidr', selectors: {} },
    keys.map((net) => ({ net })),
  );
const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const bitsOf = (key: unknown) => (typeof key === 'string' ? Number(key.split('/')[1]) : -1);
const holds = (key: string, text: string) => {
  const [net = '', bits = ''] = key.split('/');
  return Math.floor(number(net) / 2 ** (32 - Number(bits))) === Math.floor(number(text) / 2 ** (32 - Number(bits)));
};
const find = (table: LookupTable, ...addresses: string[]) =>
  addresses.map((address) => table.find(address, now)?.['net']);

test('the most specific network wins; neighbours, nesting and the ends of the address space', () => {
  const table = networks('10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.3', '10.2.0.0/16', '255.255.255.0/24');
  expect(find(table, '10.9.9.9', '10.1.9.9', '10.1.2.9', '10.1.2.3', '10.1.3.0', '10.2.0.0')).toStrictEqual([
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.0/24',
    '10.1.2.3',
    '10.1.0.0/16',
    '10.2.0.0/16',
  ]);
  expect(find(table, '9.255.255.255', '11.0.0.0', '255.255.255.255', '0.0.0.0', 'x')).toStrictEqual([
    undefined,
    undefined,
    '255.255.255.0/24',
    undefined,
    undefined,
  ]);
  expect(find(networks('0.0.0.0/0'), '0.0.0.0', '255.255.255.255')).toStrictEqual(['0.0.0.0/0', '0.0.0.0/0']);
});

test('IPv6 by longest prefix', () => {
  const table = networks('2001:db8::/32', '2001:db8:1::/48', '2001:db8:1::1', '::/0');
  expect(find(table, '2001:db8:2::1', '2001:db8:1::2', '2001:DB8:1:0::1', 'fe80::1', '192.0.2.1')).toStrictEqual([
    '2001:db8::/32',
    '2001:db8:1::/48',
    '2001:db8:1::1',
    '::/0',
    undefined,
  ]);
});

test('any set of networks answers as a plain search would', () => {
  let state = 7;
  const random = (below: number) => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) % below;
  const address = () => `10.${random(3)}.${random(4)}.${random(256)}`;
  const keys = [...new Set(Array.from({ length: 200 }, () => `${address()}/${16 + random(17)}`))];
  const table = networks(...keys);
  for (let n = 0; n < 2000; n++) {
    const text = address();
    const best = Math.max(-1, ...keys.filter((key) => holds(key, text)).map(bitsOf));
    expect(bitsOf(table.find(text, now)?.['net'])).toBe(best);
  }
});

test('exact keys, a later row winning; a miss is a miss', () => {
  const rows = Array.from({ length: 5000 }, (_, n) => ({ key: `k${n % 4000}`, n }));
  const table = createLookupTable({ name: 't', primaryKey: 'key', match: 'exact', selectors: {} }, rows);
  expect([
    table.rows,
    table.find('k7', now)?.['n'],
    table.find('k3999', now)?.['n'],
    table.find('k4000', now),
  ]).toStrictEqual([5000, 4007, 3999, undefined]);
});

const jsonOf = (joined: Joined | undefined) => joined?.json.buffer.toString('utf8', 0, joined.json.length) ?? '';

test("p_enrichment has Panther's shape: by table and selector, with p_match; a list gives rows", () => {
  const table = createLookupTable(
    {
      name: 'tor',
      primaryKey: 'ip',
      match: 'exact',
      selectors: { 'Zeek.Conn': ['$.id_orig_h', 'absent'], '*': ['p_any_ip_addresses'] },
    },
    [{ ip: '192.0.2.1' }],
  );
  const values: Record<string, Json> = { id_orig_h: '192.0.2.1', p_any_ip_addresses: ['192.0.2.1', '192.0.2.2'] };
  const select = (name: string) => (name in values ? () => values[name] : undefined);
  const row = { ip: '192.0.2.1', p_match: '192.0.2.1' };
  const joined = createJoin([{ table }], 'Zeek.Conn', select)?.(now);
  expect(joined?.enrichment).toStrictEqual({ tor: { id_orig_h: row, p_any_ip_addresses: [row] } });
  expect(jsonOf(joined)).toBe(JSON.stringify(joined?.enrichment));
  values['id_orig_h'] = '192.0.2.9';
  values['p_any_ip_addresses'] = [];
  expect(createJoin([{ table }], 'Zeek.Conn', select)?.(now)).toBeUndefined();
});

test('what is stored of an enrichment is what rules see of it', () => {
  const definition = { primaryKey: 'key', match: 'exact', selectors: { '*': ['a', '$.b', 'b'] } } as const;
  const tables = [
    createLookupTable({ ...definition, name: 'with "quotes"' }, [{ key: 'x', p_match: 'of the file', n: 1 }]),
    createLookupTable({ ...definition, name: 'absent' }, [{ key: 'z' }]),
    createLookupTable({ ...definition, name: 'second' }, [{ key: 'x' }, { key: 'y "', list: [null] }]),
  ].map((table) => ({ table }));
  const join = createJoin(tables, 'T', (name) => () => (name === 'a' ? 'x' : ['y "', 'x', 'x']));
  for (let turn = 0; turn < 2; turn++) {
    const joined = join?.(now);
    expect(Object.keys(joined?.enrichment ?? {})).toStrictEqual(['with "quotes"', 'second']);
    expect(JSON.parse(jsonOf(joined))).toStrictEqual(joined?.enrichment);
  }
});

const ofColumns = ({ from, to }: LookupRow): readonly [number, number] => [Number(from), Number(to)];

const withIntervals = (match: 'exact' | 'cidr', ...rows: LookupRow[]): LookupTable =>
  createLookupTable({ name: 't', primaryKey: 'ip', match, selectors: {} }, rows, ofColumns);

test('a row holds in its interval only; the network around it is asked next; history tells all', () => {
  const day = 86_400_000;
  const twice = withIntervals(
    'exact',
    { ip: 'a', n: 1, from: now, to: now + day },
    { ip: 'a', n: 2, from: now + 2 * day, to: now + 3 * day },
  );
  const at = (time: number) => twice.find('a', time)?.['n'];
  expect([now - 1, now, now + day - 1, now + day, now + 2 * day, now + 3 * day].map(at)).toStrictEqual([
    undefined,
    1,
    1,
    undefined,
    2,
    undefined,
  ]);
  expect(twice.history('a').map(({ row, from }) => [row['n'], from])).toStrictEqual([
    [2, now + 2 * day],
    [1, now],
  ]);
  for (const [wide, narrow, address] of [
    ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3'],
    ['2001:db8::/32', '2001:db8:1::/48', '2001:db8:1::5'],
  ] as const) {
    const nested = withIntervals(
      'cidr',
      { ip: narrow, from: now, to: now + day },
      { ip: wide, from: 0, to: now + 2 * day },
    );
    expect([now - 1, now, now + day, now + 2 * day].map((time) => nested.find(address, time)?.['ip'])).toStrictEqual([
      wide,
      narrow,
      wide,
      undefined,
    ]);
  }
});

test('keys that differ in case match where the table says so', () => {
  const rows = [{ name: 'Evil.Example' }];
  const table = (match: 'exact' | 'casefold') =>
    createLookupTable({ name: 't', primaryKey: 'name', match, selectors: {} }, rows);
  expect(table('casefold').find('EVIL.example', now)).toStrictEqual({ name: 'Evil.Example' });
  expect(table('exact').find('EVIL.example', now)).toBeUndefined();
});

test('rows without a usable key are left out and counted', () => {
  const { leftOut, table } = packTable({ primaryKey: 'net', match: 'cidr' }, [
    { net: '10.0.0.0/8' },
    { net: '10.0.0.0/33' },
    {},
    { net: null },
  ]);
  expect([leftOut, table.rows]).toStrictEqual([3, 1]);
});
