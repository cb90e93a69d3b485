import { expect, test, vi } from 'vitest';
import { packTable } from '../lookup/pack.ts';
import { type LookupDefinition, openTable } from '../lookup/table.ts';
import { parseSchema } from '../schema/document.ts';
import { createTestTables } from './test-enrichment.ts';

const { schema } = parseSchema(
  `schema: Custom.Login
parser:
  fastmatch: {match: ['%{ip} %{rest}']}
fields:
  - {name: ip, type: string, required: true, indicators: [ip]}
  - {name: peer_ip, type: string, rename: {from: peer.ip}, indicators: [ip]}
  - {name: port, type: int, required: true}
  - {name: user, type: string, mask: {type: redact}, indicators: [username]}
  - name: client
    type: object
    fields:
      - {name: at, type: timestamp, timeFormats: [rfc3339], isEventTime: true}
      - {name: address, type: string, indicators: [ip]}
drop:
  - {reason: without an address, when: {ip: ['']}}
`,
  'schemas/login.yml',
);
if (schema === undefined) throw new Error('the schema does not load');

const known = ['192.0.2.1', '192.0.2.2', 'anna', '{"a":1}'];
const since = Date.UTC(2026, 0, 10);
function tableOf(name: string, selectors: LookupDefinition['selectors']) {
  const definition = { name, primaryKey: 'key', match: 'exact' as const, selectors };
  const valid = (): readonly [number, number] => [name === 'since' ? since : -Infinity, Infinity];
  return openTable(
    definition,
    packTable(
      { ...definition, valid },
      known.map((key) => ({ key })),
    ).table,
  );
}
const tables = createTestTables(
  [
    tableOf('own', { 'Custom.Login': ['ip', 'peer_ip', 'port', 'user', '$.nowhere'] }),
    tableOf('any', { '*': ['p_any_ip_addresses'] }),
    tableOf('since', { 'Custom.Login': ['ip'], 'Custom.Free': ['ip', 'toString'] }),
  ],
  [schema],
  since + 1,
);
/** What matched, by table and selector. */
function enrich(event: Readonly<Record<string, unknown>>, logType = 'Custom.Login') {
  const { enrichment, misfits } = tables.enrich(event, logType);
  const matched = (row: unknown): unknown =>
    Array.isArray(row) ? row.map(matched) : (row as Readonly<Record<string, unknown>>)['p_match'];
  const found = Object.entries(enrichment).map(([name, bySelector]) => [
    name,
    Object.fromEntries(Object.entries(bySelector).map(([selector, row]) => [selector, matched(row)])),
  ]);
  return { ...Object.fromEntries(found), ...(misfits.length > 0 && { misfits }) };
}
const old = { p_event_time: '2026-01-09 23:59:59.000' };

test('fields under the names that events have, and their indicators', () => {
  expect(enrich({ ...old, peer_ip: '192.0.2.1', user: 'anna' })).toEqual({
    own: { peer_ip: '192.0.2.1', user: 'anna' },
    any: { p_any_ip_addresses: ['192.0.2.1'] },
  });
  expect(enrich({ ...old, 'peer.ip': '192.0.2.1', nowhere: 'anna' })).toEqual({});
  expect(enrich({ ...old, client: { at: '2026-01-01 00:00:00.000', address: '192.0.2.2' } })).toEqual({
    any: { p_any_ip_addresses: ['192.0.2.2'] },
  });
});

test('a list of indicators that the event has itself stands', () => {
  expect(enrich({ ...old, client: { address: '192.0.2.2' }, p_any_ip_addresses: ['192.0.2.1'] })).toEqual({
    any: { p_any_ip_addresses: ['192.0.2.1'] },
  });
});

test('a field that does not fit is told, and hides no other', () => {
  expect(enrich({ ...old, port: 'x', peer_ip: '192.0.2.1', user: 'anna', ip: {} })).toEqual({
    own: { peer_ip: '192.0.2.1', user: 'anna' },
    any: { p_any_ip_addresses: ['192.0.2.1'] },
    misfits: ['port: expected int (-2147483648 to 2147483647), got "x"', 'ip: expected a string, got "{}"'],
  });
});

test('without a schema fields are what they are', () => {
  const event = { ip: { a: 1 }, p_any_ip_addresses: ['192.0.2.9', '192.0.2.1'] };
  expect(enrich(event, 'Custom.Free')).toEqual({
    since: { ip: '{"a":1}' },
    any: { p_any_ip_addresses: ['192.0.2.1'] },
  });
  expect(enrich({}, 'Custom.Free')).toEqual({});
});

vi.stubEnv('TZ', 'America/New_York');
test.each([
  [undefined, true],
  ['no time', true],
  ['2026-01-09 23:59:59.999999999', false],
  ['2026-01-10 00:00:00.000000000', true],
  ['2026-01-10T00:00:00Z', true],
  ['2026-01-10T00:59:59+01:00', false],
])('at %s the table knows it: %s', (time, isKnown) => {
  const event = { ip: '192.0.2.1', ...(time !== undefined && { p_event_time: time }) };
  expect('since' in enrich(event)).toBe(isKnown);
  expect(tables.find(event, 'since', '192.0.2.1')).toEqual(isKnown ? { key: '192.0.2.1' } : undefined);
  expect(tables.find(event, 'nowhere', '192.0.2.1')).toBe(undefined);
});
