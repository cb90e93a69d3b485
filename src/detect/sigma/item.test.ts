import { expect, test } from 'vitest';
import { matches, refusalOf, selectionOf } from './rule.suite.ts';

/** The selection matches the values of `a` in `yes`, and none of those in `no`. undefined: absent. */
function assert(selection: string, yes: readonly unknown[], no: readonly unknown[], placeholders = {}): void {
  const rule = selectionOf(selection, placeholders);
  const found = (values: readonly unknown[]) => values.filter((a) => matches(rule, a === undefined ? {} : { a }));
  expect(found(yes)).toEqual(yes);
  expect(found(no)).toEqual([]);
}

// The specification's table of escapes, written in single quotes as YAML leaves them alone.
test.each([
  ['*', ['', 'x', '\n'], [undefined]],
  ['?', ['x', '*', '😀'], ['', 'xy']],
  ['\\*', ['*'], ['x', '\\*']],
  ['\\?', ['?'], ['x', '\\?']],
  ['\\\\*', ['\\', '\\x'], ['*', 'x']],
  ['\\\\\\*', ['\\*'], ['\\x', '\\\\']],
  ['\\\\?', ['\\x'], ['\\', '?']],
  ['\\', ['\\'], ['']],
  ['\\\\', ['\\'], ['\\\\']],
  ['\\\\\\\\', ['\\\\'], ['\\']],
  ['C:\\Windows\\x', ['c:\\windows\\X'], ['C:Windowsx']],
  ['a*b?c', ['abxc', 'a...bxc', 'A1bbyc'], ['abc', 'abxcd', 'xabyc']],
  ['*a?', ['ab', 'xaab', 'aa'], ['a', 'abc']],
  ['a*bc*cd', ['abccd', 'abcxcd'], ['abcd']],
  ['', [''], [undefined, null, ' ']],
])('the text %s', (text, yes, no) => {
  assert(`{a: '${text}'}`, yes, no);
});

test('values: case, types, lists', () => {
  assert('{a: Über}', ['ÜBER', 'über', ['x', 'ÜBER']], ['uber', undefined]);
  assert('{a: 5}', [5, '5', [4, 5]], ['05', 50, true, null]);
  assert('{a: "5"}', [5, '5'], [55]);
  assert('{a: true}', [true, 'true', 'True'], [1, 'yes', false]);
  assert('{a: "true"}', [true, 'TRUE'], [1]);
  assert('{a: 1.5}', [1.5, '1.5'], [1, '1.50']);
  assert('{a: [x, "y*", 3]}', ['X', 'yes', '3'], ['z', 'xx']);
  assert('{a|contains: "\\"k\\":1"}', [{ k: 1 }], [{ k: 2 }]);
});

test('null is absent, the empty text is not', () => {
  assert('{a: null}', [null, undefined], ['', 0, false, []]);
  assert('{a: ""}', [''], [null, undefined]);
  assert('{a: [null, x]}', [null, undefined, 'x'], ['', 'y']);
});

test('lists of each kind: any of them', () => {
  assert('{a: [one, TWO, "*"]}', ['x', ''], [undefined]);
  assert('{a|contains: [Bc, D]}', ['abcd', 'xd', ['no', 'BC']], ['b c']);
  assert('{a|startswith: [Bc, D]}', ['bcx', 'd'], ['xbc', 'xd', '']);
  assert('{a|endswith: [Bc, D]}', ['xBC', 'd'], ['bcx', 'dx', '']);
  assert('{a|cased|endswith: [Bc, D]}', ['xBc', 'D'], ['xBC', 'd']);
  assert('{a: [a?c, "x*z", "*q", 7]}', ['abc', 'xyz', 'pq', 7], ['ac', 'xyzy', 8]);
});

test('contains, startswith, endswith, all, cased, neq', () => {
  assert('{a|contains: B*D}', ['abcde', 'bd'], ['db']);
  assert('{a|startswith: ["x", "y"]}', ['xa', 'Y'], ['ax']);
  assert('{a|endswith: \\cmd.exe}', ['C:\\CMD.EXE'], ['cmd.exe', 'cmd.exe ']);
  assert('{a|contains|all: [one, two]}', ['two one'], ['one']);
  assert('{a|all: [x]}', ['x'], ['y']);
  assert('{a|cased: aB*}', ['aB', 'aBc'], ['ab', 'AB']);
  assert('{a|contains|cased: aB}', ['xaBx'], ['xabx']);
  assert('{a|neq: [x, y]}', ['z', ''], ['x', 'Y', undefined]);
  assert('{a|contains|neq: x}', ['z'], ['yxy', undefined]);
});

test('re with its flags', () => {
  assert("{a|re: '^a[b-d]+\\d$'}", ['abcd1'], ['ABCD1', 'xabcd1']);
  assert('{a|re: b+}', ['abbc'], ['a']);
  assert("{a|re|i: '^A.C$'}", ['abc', 'ABC'], ['a\nc']);
  assert("{a|re|ignorecase: 'é'}", ['É'], ['e']);
  assert("{a|re|m: '^b$'}", ['a\nb\nc'], ['ab', 'b\r']);
  assert("{a|re|s: 'a.c'}", ['a\nc'], ['ac']);
  assert("{a|re: '(?i)x'}", ['X'], ['y']);
  assert("{a|re|i: '^[^b-dX]$'}", ['a', '?'], ['B', 'd', 'x']);
  assert("{a|re|startswith: 'b|c'}", ['bx', 'cx'], ['xc']);
  assert("{a|re|endswith: 'b|c'}", ['xb'], ['bx']);
  assert("{a|re|contains: 'b'}", ['abc'], ['a']);
  assert("{a|re: ['^x', '^y']}", ['xa', 'ya'], ['za']);
  assert("{a|re: '^[\\w.-]+@[[:alpha:]]+\\x2e(?:de|at)$'}", ['a.b-c@x.de'], ['a b@x.de']);
});

test('cidr', () => {
  assert('{a|cidr: 10.0.0.0/8}', ['10.255.0.1'], ['11.0.0.1', '010.0.0.1', 'x', 10]);
  assert(
    '{a|cidr: [192.0.2.1/32, "2001:db8::/33"]}',
    ['192.0.2.1', '2001:DB8:7fff::1'],
    ['192.0.2.2', '2001:db8:8000::'],
  );
  assert('{a|cidr: 0.0.0.0/0}', ['1.2.3.4'], ['::1']);
});

test('encodings', () => {
  assert('{a|base64: foo}', ['Zm9v'], ['foo']);
  assert('{a|base64offset|contains: foobar}', ['Zm9vYmFy', 'xxZvb2Jhcxx', 'mb29iYX'], ['foobar']);
  assert('{a|wide|base64offset|contains: http}', [Buffer.from('xhttpx', 'utf16le').toString('base64')], ['http']);
  assert('{a|utf16le|base64: a}', ['YQA='], []);
  assert('{a|utf16be|base64: a}', ['AGE='], []);
  assert('{a|utf16|base64: a}', ['//5hAA=='], []);
  assert('{a|wide|contains: ab}', ['xa\0b\0x'], ['ab']);
  assert(
    '{a|windash|contains: " -f "}',
    ['x -f y', 'x /f y', 'x –f y', 'x —f', 'x ―f y'].map((text) => `${text} `),
    ['x f y', 'x -g '],
  );
  assert('{a|windash|contains|all: [" -a ", " /b "]}', [' /a -b  /a  -b '], [' /a ']);
  assert('{a|windash: x-y}', ['x-y'], ['x/y']);
});

test('comparisons and time', () => {
  assert('{a|gt: 5}', [6, '5.1', '1e3'], [5, 'six', undefined, true]);
  assert('{a|gte: 5}', [5, '5'], [4.9]);
  assert('{a|lt: "5"}', [4, -1], [5, '']);
  assert('{a|lte: [1, 5]}', [5], [6]);
  assert('{a|minute: 59}', ['2026-01-31 23:59:01.5'], ['2026-01-31T23:58:00Z', 59]);
  assert('{a|hour: 22}', ['2026-01-31T23:59:01+01:00'], ['2026-01-31 23:00:00']);
  assert('{a|day: [30, 31]}', ['2026-01-31'], ['2026-01-29', 'no date']);
  assert('{a|week: 53}', ['2026-12-31 00:00:00', '2027-01-03T00:00:00Z'], ['2026-01-01', '2027-01-04']);
  assert('{a|month: 12}', ['2026-12-01'], ['2026-11-30T23:59:59Z']);
  assert('{a|year: 2026}', ['2026-12-31T23:59:59Z'], ['2026-12-31T23:59:59-0100']);
});

test('exists and fieldref', () => {
  assert('{a|exists: true}', ['', null, 0], [undefined]);
  assert('{a|exists: false}', [undefined], ['', null]);
  const same = selectionOf('{a|fieldref: b}');
  expect(matches(same, { a: 'X', b: 'x' })).toBe(true);
  expect(matches(same, { a: 'x', b: 'y' })).toBe(false);
  expect(matches(same, { a: 'x' })).toBe(false);
  expect(matches(same, {})).toBe(false);
  expect(matches(selectionOf('{a|fieldref|cased: b}'), { a: 'X', b: 'x' })).toBe(false);
  expect(matches(selectionOf('{a|fieldref|startswith: b}'), { a: 'xyz', b: 'XY' })).toBe(true);
  expect(matches(selectionOf('{a|fieldref|endswith: b}'), { a: 'xyz', b: 'XY' })).toBe(false);
  expect(matches(selectionOf('{a|fieldref|contains: b}'), { a: 'xyz', b: 'y' })).toBe(true);
  expect(matches(selectionOf('{a|fieldref|neq: b}'), { a: 'x', b: 'y' })).toBe(true);
  expect(matches(selectionOf('{a|fieldref|neq: b}'), { a: 'x', b: 'x' })).toBe(false);
});

test('placeholders', () => {
  assert('{a|expand: "%who%@%where%"}', ['ada@x', 'bob@y'], ['ada@z', '%who%@%where%'], {
    who: ['ada', 'b*'],
    where: ['x', 'y'],
  });
  assert('{a: "%COMSPEC%"}', ['%comspec%'], ['cmd']);
  assert("{a|re|expand: '^%dot%$'}", ['a.b'], ['axb'], { dot: ['a.b'] });
  expect(refusalOf('{a|expand: "%who%"}')).toBe('a|expand: there is no value for the placeholder %who%');
  expect(refusalOf('{a|expand: "%__proto__%"}')).toContain('there is no value');
});

test('keywords: any value of the event, somewhere in it', () => {
  const rule = selectionOf('[mimi, 42]');
  for (const fields of [{ x: 'a MIMIKATZ' }, { x: { y: ['mimi'] } }, { x: 142 }])
    expect(matches(rule, fields)).toBe(true);
  for (const fields of [{ mimi: 'x' }, { x: 'm', y: 'imi' }, {}]) expect(matches(rule, fields)).toBe(false);
  const both = selectionOf("{'|all': [one, two]}");
  expect(matches(both, { x: 'one', y: 'TWO' })).toBe(true);
  expect(matches(both, { x: 'one' })).toBe(false);
  expect(matches(selectionOf("{'|re': '^o.e$'}"), { x: 'one' })).toBe(true);
});

test.each([
  ['{a|containz: x}', 'a|containz: there is no modifier `containz`'],
  ['{a|contains|re: x}', 'a|contains|re: `re` must be the first modifier'],
  ['{a|re|cidr: x}', 'a|re|cidr: `re` and `cidr` cannot be together'],
  [
    '{a|contains|startswith: x}',
    'a|contains|startswith: only one of `contains`, `startswith` and `endswith` can be used',
  ],
  ['{a|i: x}', 'a|i: `i` belongs to `re`'],
  ['{a|gt|contains: 1}', 'a|gt|contains: `contains` cannot be used with `gt`'],
  ['{a|contains|base64: x}', 'a|contains|base64: `base64` must stand before `contains`'],
  ['{a|base64: "x*"}', 'a|base64: `base64` takes no wildcards'],
  ['{a|gt: x}', 'a|gt: `gt` takes a number'],
  ['{a|gt: .inf}', 'a|gt: `gt` takes a number'],
  ['{a: .nan}', 'a: expected a number that is one'],
  ['{a|exists: 1}', 'a|exists: `exists` takes true or false'],
  ['{a|cidr: 10.0.0.0/33}', 'a|cidr: `10.0.0.0/33` is no network'],
  ['{a|hour: 1.5}', 'a|hour: `hour` takes a whole number'],
  ['{a: {b: c}}', 'a: expected a text, a number, true, false or null'],
  ['{a: []}', 'a: expected a value; an empty list matches nothing'],
  ['{a: 12345678901234567890}', 'a: the number is too large: write it in quotes'],
  ['{a|contains: null}', 'a|contains: nothing (null) takes no modifier'],
  ["{'|gt': 1}", '|gt: `gt` needs a field'],
  ['{a|windash: "-a -b -c -d -e"}', 'a|windash: `windash` on more than four dashes'],
  ["{a|re: 'x(?=y)'}", 'a|re: the regular expression `(?=y` is not supported (RE2)'],
  ["{a|re: '(a)\\1'}", 'a|re: the regular expression \\1 is not supported (RE2)'],
  ["{a|re: 'a++'}", 'a|re: the regular expression `++` is not supported (RE2)'],
  ["{a|re: '(a'}", 'a|re: the regular expression has a ( without its )'],
  ["{a|re: '[a'}", 'a|re: the regular expression has a [ without its ]'],
  ["{a|re: 'a{1,1001}'}", 'a|re: the regular expression `{1,1001}` is not supported (RE2)'],
  ['{}', 'expected at least one field'],
  ['[]', 'expected at least one entry'],
  ['null', 'nothing (null) is no keyword'],
])('%s is refused', (selection, reason) => {
  expect(refusalOf(selection)).toBe(reason);
});
