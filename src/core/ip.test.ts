import { expect, test } from 'vitest';
import { ipVersion, isPrivate, parseCidr, parseIpv4, parseIpv6 } from './ip.ts';

const words = (text: string): string | undefined => {
  const parsed = parseIpv6(text);
  return parsed && Array.from(parsed, (word) => word.toString(16)).join(' ');
};
const cidr = (text: string): string | undefined => {
  const parsed = parseCidr(text);
  return (
    parsed && `${parsed.version} ${Array.from(parsed.words, (word) => word.toString(16)).join(' ')} /${parsed.bits}`
  );
};

test('IPv4 addresses are numbers', () => {
  expect(parseIpv4('0.0.0.0')).toBe(0);
  expect(parseIpv4('1.2.3.4')).toBe(0x01020304);
  expect(parseIpv4('255.255.255.255')).toBe(0xffffffff);
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.',
    '.1.2.3',
    '1.2.3.4 ',
    'a.b.c.d',
    '1.2.3.1000',
  ]) {
    expect([text, parseIpv4(text)]).toEqual([text, -1]);
  }
});

test('IPv6 addresses are four words', () => {
  expect(words('::')).toBe('0 0 0 0');
  expect(words('::1')).toBe('0 0 0 1');
  expect(words('2001:db8::8a2e:370:7334')).toBe('20010db8 0 8a2e 3707334');
  expect(words('1:2:3:4:5:6:7:8')).toBe('10002 30004 50006 70008');
  expect(words('1:2:3:4:5:6:7::')).toBe('10002 30004 50006 70000');
  expect(words('::ffff:1.2.3.4')).toBe('0 0 ffff 1020304');
  expect(words('64:ff9b::192.0.2.33')).toBe('64ff9b 0 0 c0000221');
  expect(words('FE80::1')).toBe('fe800000 0 0 1');
  for (const text of [
    '',
    ':',
    ':::',
    '1',
    '1:2',
    ':1::2',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1%eth0',
    '1:2:3:4:5:6:7:',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
  ]) {
    expect([text, words(text)]).toEqual([text, undefined]);
  }
});

test('the version tells addresses from other text', () => {
  expect(['10.0.0.1', '::1', 'fe80::f816:3eff:fe1:546', '10.0.0', 'beef', 'a', ''].map(ipVersion)).toEqual([
    4, 6, 6, 0, 0, 0, 0,
  ]);
});

test('networks lose their host bits', () => {
  expect(cidr('10.1.2.3/8')).toBe('4 a000000 /8');
  expect(cidr('1.2.3.4/32')).toBe('4 1020304 /32');
  expect(cidr('1.2.3.4/0')).toBe('4 0 /0');
  expect(cidr('200.2.3.4/1')).toBe('4 80000000 /1');
  expect(cidr('2001:db8:ffff::1/33')).toBe('6 20010db8 80000000 0 0 /33');
  expect(cidr('::1/128')).toBe('6 0 0 0 1 /128');
  for (const text of ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', '/8', '10.0.0.0/8/8', 'x/8']) {
    expect([text, cidr(text)]).toEqual([text, undefined]);
  }
});

test('private is what the public internet does not route', () => {
  for (const text of [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '127.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001:db8::1',
  ]) {
    expect([text, isPrivate(text)]).toEqual([text, true]);
  }
  for (const text of [
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '100.128.0.1',
    '185.220.101.4',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    'localhost',
  ]) {
    expect([text, isPrivate(text)]).toEqual([text, false]);
  }
});
