import { expect, test } from 'vitest';
import type { Json } from './event.ts';
import { parsePath } from './json-path.ts';

const event: Readonly<Record<string, Json>> = {
  client: { ipAddress: '192.0.2.1', device: { name: null } },
  hosts: [{ ip: '192.0.2.2' }, { ip: ['192.0.2.3', '192.0.2.4'] }, {}],
  list: ['a', ['b']],
};

test.each([
  ['client.ipAddress', '192.0.2.1'],
  ['$.client.ipAddress', '192.0.2.1'],
  ['client.device.name', undefined],
  ['client.device.name.x', undefined],
  ['client.nothing', undefined],
  ['client.__proto__', undefined],
  ['client[0]', undefined],
  ['hosts[0].ip', '192.0.2.2'],
  ['hosts[9].ip', undefined],
  ['hosts[*].ip', ['192.0.2.2', '192.0.2.3', '192.0.2.4']],
  ['hosts.ip', ['192.0.2.2', '192.0.2.3', '192.0.2.4']],
  ['hosts.none', undefined],
  ['list[1][0]', 'b'],
])('%s', (text, found) => {
  const path = parsePath(text);
  expect(path?.below(event[path.first] ?? null)).toEqual(found);
});

test.each(['client', '$', '', 'a..b', 'a[', 'a[-1]', 'a[x]', '.a', 'a.'])('%j is no such path', (text) => {
  expect(parsePath(text)).toBeUndefined();
});
