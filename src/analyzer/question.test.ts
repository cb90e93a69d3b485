import { expect, test } from 'vitest';
import type { ObservableKind } from '../core/analysis.ts';
import { checkQuestion, ownHosts } from './question.ts';

const isOwn = ownHosts(['8.8.8.0/24', '2a00:1::/32', '9.9.9.9', 'acme.com', 'Bücher.de.']);

const asked: [ObservableKind, string, string?][] = [
  ['ip', '1.1.1.1'],
  ['ip', ' 1.1.1.1 ', '1.1.1.1'],
  ['ip', '9.9.9.10'],
  ['ip', '100.63.255.255'],
  ['ip', '100.128.0.0'],
  ['ip', '2A01:0:0::1', '2a01::1'],
  ['ip', '2a00:2::1'],
  ['domain', 'Evil.COM.', 'evil.com'],
  ['domain', '_x.evil.com'],
  ['domain', 'notacme.com'],
  ['domain', 'acme.com.evil.com'],
  ['domain', 'münchen.de', 'xn--mnchen-3ya.de'],
  ['domain', 'abcdefgh.onion'],
  ['url', 'http://Evil.com/A?b=c#d'],
  ['url', 'tftp://1.1.1.1/x'],
  ['url', 'http://[2a01::1]:8080/x'],
  ['email', 'A.b@Evil.com', 'A.b@evil.com'],
  ['asn', 'AS13335'],
  ['asn', '13335', 'AS13335'],
  ['asn', 'as4199999999', 'AS4199999999'],
  ['md5', '0123456789ABCDEF0123456789ABCDEF', '0123456789abcdef0123456789abcdef'],
  ['sha256', 'a8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2'],
];
test.each(asked)('%s %s is asked', (kind, value, spelled = value) => {
  expect(checkQuestion({ kind, value }, isOwn)).toEqual({ value: spelled });
});

const reserved = 'is a private or reserved address';
const reservedName = 'is a private or reserved name';
type Never = [ObservableKind, string, string];
const privateAddresses: Never[] = [
  '10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 127.0.0.1 169.254.1.1 100.64.0.0 100.127.255.255',
  '192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 0.0.0.0',
  '::1 :: fe80::1 fd00::1 ff02::1 2001:db8::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::',
].flatMap((addresses) => addresses.split(' ').map((value): Never => ['ip', value, reserved]));
const privateNames = 'a.local a.LAN a.internal x.home.arpa 1.0.0.10.in-addr.arpa www.example.com a.test a.corp'
  .split(' ')
  .map((value): Never => ['domain', value, reservedName]);
const reservedNumbers = '0 23456 64496 64512 65534 65535 65551 4200000000 4294967295'
  .split(' ')
  .map((number): Never => ['asn', `AS${number}`, 'is a private or reserved AS number']);
const emptyFile = 'is the hash of an empty file or of a line end';
const never: Never[] = [
  ['ip', '8.8.8.8', 'is one of our own addresses'],
  ['ip', '9.9.9.9', 'is one of our own addresses'],
  ['ip', '2a00:1:ffff::1', 'is one of our own addresses'],
  ['ip', 'evil.com', 'is no IP address'],
  ['ip', '1.1.1.1/24', 'is no IP address'],
  ['ip', '01.1.1.1', 'is no IP address'],
  ['ip', 'fe80::1%eth0', 'is no IP address'],
  ['domain', '1.1.1.1', 'is an IP address'],
  ['domain', '0x0a.1', reserved],
  ['domain', 'fileserver', 'is a name without a dot'],
  ['domain', 'localhost', 'is a name without a dot'],
  ['domain', '', 'is a name without a dot'],
  ['domain', 'acme.com', 'is one of our own names'],
  ['domain', 'a.b.ACME.com.', 'is one of our own names'],
  ['domain', 'www.xn--bcher-kva.de', 'is one of our own names'],
  ['domain', 'evil.com/../../key', 'is no domain name'],
  ['domain', 'evil.com?x', 'is no domain name'],
  ['domain', 'a..com', 'is no domain name'],
  ['domain', 'a b.com', 'is no domain name'],
  ['url', 'http://10.0.0.1/x', `has a host that ${reserved}`],
  ['url', 'http://0x7f.1/', `has a host that ${reserved}`],
  ['url', 'http://2130706433/', `has a host that ${reserved}`],
  ['url', 'tftp://0x7f.1/', `has a host that ${reserved}`],
  ['url', 'http://[::ffff:10.0.0.1]/', `has a host that ${reserved}`],
  ['url', 'https://u:p@printer/', 'has a host that is a name without a dot'],
  ['url', 'https://www.acme.com/x', 'has a host that is one of our own names'],
  ['url', 'evil.com/x', 'is no URL with a host'],
  ['url', 'javascript:alert(1)', 'is no URL with a host'],
  ['url', 'file:///etc/passwd', 'is no URL with a host'],
  ['email', 'a@acme.com', 'has a host that is one of our own names'],
  ['email', 'a@[10.0.0.1]', 'has a host that is no domain name'],
  ['email', '@evil.com', 'is no e-mail address'],
  ['email', 'evil.com', 'is no e-mail address'],
  ['email', 'a/b@evil.com', 'is no e-mail address'],
  ['asn', 'AS4294967296', 'is no AS number'],
  ['asn', 'AS', 'is no AS number'],
  ['md5', 'd41d8cd98f00b204e9800998ecf8427e', emptyFile],
  ['sha1', 'da39a3ee5e6b4b0d3255bfef95601890afd80709', emptyFile],
  ['sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', emptyFile],
  ['md5', '68b329da9893e34099c7d8ad5cb9c940', emptyFile],
  ['sha1', 'adc83b19e793491b1c6ea0fd8b46cd9f32e592fc', emptyFile],
  ['sha256', '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b', emptyFile],
  ['sha256', 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855', emptyFile],
  ['md5', 'da39a3ee5e6b4b0d3255bfef95601890afd80709', 'is not an MD5 hash'],
  ['sha256', `${'0'.repeat(63)}g`, 'is not a SHA-256 hash'],
  ['url', `http://evil.com/${'x'.repeat(2000)}`, 'is longer than 2000 bytes'],
  ['url', 'http://evil.com/\0', 'has control characters'],
  ['url', 'http://evil.com/\ud800', 'has control characters'],
];
test.each([...privateAddresses, ...privateNames, ...reservedNumbers, ...never])(
  '%s %j is not asked',
  (kind, value, why) => {
    expect(checkQuestion({ kind, value }, isOwn)).toEqual({ why });
  },
);
