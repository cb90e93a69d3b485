import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compileGrok, grokProblem } from './grok.ts';
import { grokPatterns } from './grok-pattern.ts';
import { lintRegex } from './lint-regex.ts';

function fields(
  pattern: string,
  text: string,
  definitions: Record<string, string> = {},
): Record<string, string> | null {
  const { source, groups } = compileGrok([pattern], definitions);
  const found = new RegExp(`^(?:${source})$`).exec(text);
  if (found === null) return null;
  const taken: Record<string, string> = {};
  groups.forEach((name, index) => {
    const value = found[index + 1];
    if (value !== undefined) taken[name] ??= value;
  });
  return taken;
}
const match = (pattern: string, text: string): boolean => fields(pattern, text) !== null;
const problem = (pattern: string, definitions = {}): string | undefined => grokProblem([pattern], definitions);

test('grok fields and named groups become numbered captures, all else none', () => {
  const { source, groups } = compileGrok(['%{IP:ip} (?:a|b)(c)', ' (?P<user>\\w+)(?<rest>.*)'], {});
  expect(groups).toEqual(['ip', 'user', 'rest']);
  expect(new RegExp(`${source}|`).exec('')?.length).toBe(4);
  expect(fields('%{IP:ip} - %{USER:user} %{NUMBER:n:int}', '::1 - bob -1.5')).toEqual({
    ip: '::1',
    user: 'bob',
    n: '-1.5',
  });
});

test('a field of several alternatives has the one that took part', () => {
  expect(fields('a=%{INT:v}|b=%{WORD:v}', 'b=x')).toEqual({ v: 'x' });
});

test('own definitions, also with fields inside and of one another', () => {
  const definitions = { CLIENT: '%{IP:ip}:%{PORT:port}', PORT: '[0-9]+' };
  expect(fields('<%{CLIENT:client}>', '<10.0.0.1:80>', definitions)).toEqual({
    client: '10.0.0.1:80',
    ip: '10.0.0.1',
    port: '80',
  });
});

test('what each builtin takes and what it does not', () => {
  const cases: Record<string, [string[], string[]]> = {
    IP: [
      ['1.2.3.4', '255.255.255.255', '::1', 'fe80::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '2001:db8::1'],
      ['1.2.3', '256.1.1.1', 'x', '1:2'],
    ],
    HOSTNAME: [
      ['a', 'web-1.example.org', 'example.org.'],
      ['-a', 'a..b', 'a b'],
    ],
    UUID: [['6ba7b810-9dad-11d1-80b4-00c04fd430c8'], ['6ba7b810']],
    MAC: [['00:11:22:aa:bb:cc', '00-11-22-AA-BB-CC', '0011.22aa.bbcc'], ['00:11']],
    QS: [
      ['"a \\" b"', "'x'", '""'],
      ['"a', 'a'],
    ],
    NUMBER: [
      ['1', '-1.5', '.5'],
      ['', 'a', '1.'],
    ],
    POSINT: [
      ['1', '100'],
      ['0', '-1'],
    ],
    URI: [
      ['http://example.org/a?b=c', 'https://u:p@1.2.3.4:8443/', 'ftp://host'],
      ['/a/b', 'host'],
    ],
    PATH: [['/var/log/auth.log', 'C:\\Windows\\System32', '/'], ['a/b']],
    TTY: [['/dev/pts/0', '/dev/tty1'], ['tty']],
    HTTPDATE: [['10/Oct/2024:13:55:36 -0700'], ['10/Oct/2024 13:55:36']],
    SYSLOGTIMESTAMP: [['Apr 16 01:02:03', 'Apr  6 01:02:03'], ['Apr 16']],
    TIMESTAMP_ISO8601: [['2023-04-16T01:02:03Z', '2023-04-16 01:02:03.5+02:00', '2023-04-16 01:02'], ['2023-04-16']],
    TIMESTAMP_RFC822: [['Sun Apr 16 2023 01:02:03 UTC'], ['Sun Apr 16']],
    TIMESTAMP_RFC2822: [['Sun, 16 Apr 2023 01:02:03 +0000'], ['16 Apr']],
    TIMESTAMP_OTHER: [['Sun Apr 16 01:02:03 UTC 2023'], ['2023']],
    TIMESTAMP_EVENTLOG: [['20230416010203'], ['2023']],
    DATETIME: [['04/16/2023 01:02:03', '16.04.2023-01:02:03'], ['2023']],
    KITCHEN: [['3:04PM'], ['3:04']],
    HOSTPORT: [['a.b:80', '1.2.3.4:80'], ['a.b']],
  };
  for (const [name, [good, bad]] of Object.entries(cases)) {
    for (const text of good) expect([name, text, match(`%{${name}}`, text)]).toEqual([name, text, true]);
    for (const text of bad) expect([name, text, match(`%{${name}}`, text)]).toEqual([name, text, false]);
  }
});

test("every builtin compiles, has no field and runs in V8's linear engine", () => {
  const sources = Object.keys(grokPatterns).map((name) => {
    const { source, groups } = compileGrok([`%{${name}}`], {});
    expect([name, groups]).toEqual([name, []]);
    return [name, source] as const;
  });
  const script = `const out = [];
    for (const [name, source] of ${JSON.stringify(sources)}) { try { new RegExp(source, 'l'); } catch { out.push(name); } }
    process.stdout.write(JSON.stringify(out));`;
  const said = execFileSync(process.execPath, ['--enable-experimental-regexp-engine', '-e', script], {
    encoding: 'utf8',
  });
  expect(JSON.parse(said)).toEqual([]);
});

test('a long token without :// does not take a URI pattern down', () => {
  const before = performance.now();
  expect(new RegExp(compileGrok(['%{URI}'], {}).source).test(`${'a'.repeat(1000)} `)).toBe(false);
  expect(performance.now() - before).toBeLessThan(1000);
});

test('RE2 syntax means the same in JavaScript', () => {
  expect(match('(?i)get', 'GeT')).toBe(true);
  expect(match('(?i:g)et', 'GET')).toBe(false);
  expect(match('a(?i)b|c', 'C')).toBe(true);
  expect(match('(?i)[a-f]+x', 'ABCdefX')).toBe(true);
  expect(match('(?i)%{MONTH}', 'APR')).toBe(true);
  expect(match('(?s)a.b', 'a\nb')).toBe(true);
  expect(match('a.b', 'a\nb')).toBe(false);
  expect(match('a.b', 'a\rb')).toBe(true);
  expect(match('(?m)a\n^b', 'a\nb')).toBe(true);
  expect(match('\\Aab\\z', 'ab')).toBe(true);
  expect(match('[[:alpha:]_]+[^[:space:]]', 'ab_1')).toBe(true);
  expect(match('[[:^digit:]]+', 'a b')).toBe(true);
  expect(match('[[:^digit:]]+', 'a1')).toBe(false);
  expect(match('\\Qa.b*\\E+', 'a.b**')).toBe(true);
  expect(match('\\x41\\x{42}\\103\\t', 'ABC\t')).toBe(true);
  expect(match('\\x{1F600}{2}', '\u{1F600}\u{1F600}')).toBe(true);
  expect(match('[]a]+', ']a')).toBe(true);
  expect(match('[\\]\\-\\\\^]+', ']-\\^')).toBe(true);
  expect(match('a{,2}', 'a{,2}')).toBe(true);
  expect(match('a{2}?b{1,}', 'aabb')).toBe(true);
  expect(match('\\s', '\v')).toBe(false);
  expect(match('[\\s]', ' ')).toBe(true);
  expect(match('50%', '50%')).toBe(true);
  expect(match('a/b', 'a/b')).toBe(true);
});

test('what cannot be is refused with the reason', () => {
  expect(problem('(?=a)')).toContain('lookaround');
  expect(problem('(?<!a)')).toContain('lookaround');
  expect(problem('(?>a)')).toContain('atomic');
  expect(problem('(a)\\1')).toContain('backreference');
  expect(problem('(?P<a>a)(?P=a)')).toContain('backreference');
  expect(problem('\\k<a>')).toContain('backreference');
  expect(problem('(a')).toContain("'(' without ')'");
  expect(problem('a)')).toContain("')' without '('");
  expect(problem('[a')).toContain("'[' without ']'");
  expect(problem('*a')).toContain('nothing to repeat');
  expect(problem('a**')).toContain('repeats a repetition');
  expect(problem('a{3,1}')).toContain('repeat count');
  expect(problem('a{1001}')).toContain('repeat count');
  expect(problem('[b-a]')).toContain('range');
  expect(problem('\\pL')).toContain('Unicode class');
  expect(problem('a\\')).toContain('backslash');
  expect(problem('%{IPP:a}')).toBe('names the unknown pattern %{IPP}; did you mean %{IP}?');
  expect(problem('%{NOPE}', { __proto__: null })).toContain('unknown pattern %{NOPE}');
  expect(problem('%{constructor}')).toContain('unknown pattern');
  expect(problem('%{IP:a b}')).toContain('bad field name');
  expect(problem('%{A}', { A: '%{B}', B: 'x%{A}' })).toBe('has a pattern that contains itself: A > B > A');
  expect(problem('('.repeat(100) + ')'.repeat(100))).toContain('nested deeper');
  expect(() => compileGrok(['%{NOPE}'], {})).toThrow('bug');
});

test('patterns of patterns do not grow without end', () => {
  const definitions: Record<string, string> = { L0: 'xxxxxxxxxx' };
  for (let level = 1; level < 30; level++) definitions[`L${level}`] = `%{L${level - 1}}%{L${level - 1}}`;
  expect(problem('%{L29}', definitions)).toBe('is too large');
});

test('the lint warns of nested repetition only where V8 cannot cut it short', () => {
  expect(lintRegex('(?:a+)+b')).toBeUndefined();
  expect(lintRegex('(?:a+)+b{17}')).toContain('(?:a+)+');
  expect(lintRegex('(?:(?:a{1,5}){1,5}x*)*')).toContain('25 copies');
  expect(lintRegex('a{100}[*+(]+')).toBeUndefined();
  expect(lintRegex('(?:ab)+\\d{20}')).toBeUndefined();
  expect(lintRegex(compileGrok(['%{IPORHOST:a} %{URI:b} %{GREEDYDATA:c}'], {}).source)).toBeUndefined();
});
