import { expect, test } from 'vitest';
import { createFailureLimit } from './failure-limit.ts';

function setup() {
  let time = 0;
  const limit = createFailureLimit({ now: () => time });
  const fail = (address: string, times: number) => {
    for (let n = 0; n < times; n += 1) limit.failed(address, `wrong ${n}`);
  };
  return { limit, fail, pass: (ms: number) => (time += ms) };
}

test('an address waits for the rest of its minute after ten wrong keys', () => {
  const { limit, fail, pass } = setup();
  fail('192.0.2.1', 9);
  expect(limit.waitSeconds('192.0.2.1', 'k')).toBe(0);
  pass(20_000);
  fail('192.0.2.1', 1);
  expect(limit.waitSeconds('192.0.2.1', 'k')).toBe(40);
  expect(limit.waitSeconds('192.0.2.2', 'k')).toBe(0);
  pass(40_000);
  expect(limit.waitSeconds('192.0.2.1', 'k')).toBe(0);
  fail('192.0.2.1', 9);
  expect(limit.waitSeconds('192.0.2.1', 'k')).toBe(0);
  fail('192.0.2.1', 1);
  expect(limit.waitSeconds('192.0.2.1', 'k')).toBe(60);
});

test('addresses of one IPv6 network are one, and so are both forms of an IPv4 address', () => {
  const { limit, fail } = setup();
  fail('2001:db8:0:1::1', 10);
  expect(limit.waitSeconds('2001:db8:0:1:ffff::2', 'k')).toBe(60);
  expect(limit.waitSeconds('2001:db8::1', 'k')).toBe(0);
  fail('::ffff:192.0.2.1', 10);
  expect(limit.waitSeconds('192.0.2.1', 'k')).toBe(60);
  expect(limit.waitSeconds('::1', 'k')).toBe(0);
});

test('a key that was right passes until it is wrong', () => {
  const { limit, fail } = setup();
  limit.succeeded('mine');
  fail('192.0.2.1', 10);
  expect(limit.waitSeconds('192.0.2.1', 'mine')).toBe(0);
  limit.failed('192.0.2.1', 'mine');
  expect(limit.waitSeconds('192.0.2.1', 'mine')).toBe(60);
});

test('what it remembers is bounded: the oldest go first', () => {
  const { limit, fail } = setup();
  fail('192.0.2.1', 10);
  for (let n = 0; n < 10_000; n += 1) limit.failed(`10.0.${n >> 8}.${n & 255}`, 'k');
  expect(limit.waitSeconds('192.0.2.1', 'k')).toBe(0);
});
