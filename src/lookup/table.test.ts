import { expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { createJoin } from './join.ts';
import { createLookupTable, type LookupTable } from './table.ts';

const networks = (...keys: string[]): LookupTable =>
  createLookupTable(
    { name: 'nets', primaryKey: 'net', isNetwork: true, selectors: {} },
    keys.map((net) => ({ net })),
  );
const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const bitsOf = (key: unknown) => (typeof key === 'string' ? Number(key.split('/')[1]) : -1);
const holds = (key: string, text: string) => {
  const [net = '', bits = ''] = key.split('/');
  return Math.floor(number(net) / 2 ** (32 - Number(bits))) === Math.floor(number(text) / 2 ** (32 - Number(bits)));
};
const find = (table: LookupTable, ...addresses: string[]) => addresses.map((address) => table.find(address)?.['net']);

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
    expect(bitsOf(table.find(text)?.['net'])).toBe(best);
  }
});

test('exact keys, a later row winning; a miss is a miss', () => {
  const rows = Array.from({ length: 5000 }, (_, n) => ({ key: `k${n % 4000}`, n }));
  const table = createLookupTable({ name: 't', primaryKey: 'key', isNetwork: false, selectors: {} }, rows);
  expect([table.rows, table.find('k7')?.['n'], table.find('k3999')?.['n'], table.find('k4000')]).toStrictEqual([
    4000,
    4007,
    3999,
    undefined,
  ]);
});

test("p_enrichment has Panther's shape: by table and selector, with p_match; a list gives rows", () => {
  const table = createLookupTable(
    {
      name: 'tor',
      primaryKey: 'ip',
      isNetwork: false,
      selectors: { 'Zeek.Conn': ['$.id_orig_h', 'absent'], '*': ['p_any_ip_addresses'] },
    },
    [{ ip: '192.0.2.1' }],
  );
  const values: Record<string, Json> = { id_orig_h: '192.0.2.1', p_any_ip_addresses: ['192.0.2.1', '192.0.2.2'] };
  const select = (name: string) => (name in values ? () => values[name] : undefined);
  const row = { ip: '192.0.2.1', p_match: '192.0.2.1' };
  expect(createJoin([table], 'Zeek.Conn', select)?.()).toStrictEqual({
    tor: { id_orig_h: row, p_any_ip_addresses: [row] },
  });
  values['id_orig_h'] = '192.0.2.9';
  values['p_any_ip_addresses'] = [];
  expect(createJoin([table], 'Zeek.Conn', select)?.()).toBeUndefined();
});
