// Every format on small files, and on files that are not what they should be.

import { expect, test } from 'vitest';
import type { LookupRow } from '../pack.ts';
import type { FormatOptions } from './format.ts';
import { type FormatName, formatOf, formats } from './index.ts';
import { createRowReport } from './row-report.ts';

function read(format: FormatName, text: string, options: Partial<FormatOptions> = {}) {
  const report = createRowReport('f');
  const content = formats[format].read(Buffer.from(text), { primaryKey: 'ip', ...options }, report);
  if (!('rows' in content)) return content;
  const rows: LookupRow[] = [];
  for (const row of content.rows) rows.push({ ...row });
  return { rows, problems: report.problems() };
}
const rows = (...args: Parameters<typeof read>) => {
  const content = read(...args);
  return 'rows' in content ? content.rows : content;
};

test('the format is told by the name, compressed or not, and by an address', () => {
  const names = [
    'a.csv',
    'A.JSONL.gz',
    'https://h/x.netset?k=1.csv',
    'a.mmdb',
    's3://b/c.lst',
    'a.json',
    'a.gz',
    'a',
    'a.zip',
  ];
  expect(names.map(formatOf)).toStrictEqual([
    'csv',
    'jsonl',
    'list',
    'mmdb',
    'list',
    'json',
    undefined,
    undefined,
    undefined,
  ]);
});

test('CSV: byte order mark, comments around it, blanks around values, short and blank lines', () =>
  expect(
    rows('csv', '\uFEFF# c\n#\r\n"ip", port\r\n1.1.1.1 , 80\n\n"1.1.1.2","a, ""b"""\n1.1.1.3\n# END\n'),
  ).toStrictEqual([
    { ip: '1.1.1.1', port: '80' },
    { ip: '1.1.1.2', port: 'a, "b"' },
    { ip: '1.1.1.3', port: '' },
  ]));
test('CSV without a header, with another delimiter and comment sign, and with a column left out', () =>
  expect(rows('csv', '% x\n#1\tx\ta b\n', { columns: ['ip', '', 'n'], delimiter: '\t', comment: '%' })).toStrictEqual([
    { ip: '#1', n: 'a b' },
  ]));
test('CSV whose header lacks the key is refused; a key that is made of columns needs those', () => {
  expect(read('csv', '# c\nid,name\n1,x\n')).toStrictEqual({
    refused: 'there is no column ip; there are: id, name',
    line: 2,
  });
  expect(rows('csv', 'start,bits\n10.0.0.0,8\n', { fields: { ip: '{start}/{bits}' } })).toStrictEqual([
    { start: '10.0.0.0', bits: '8' },
  ]);
  expect(read('csv', 'start,end\n', { fields: { ip: '{start}/{bits}' } })).toHaveProperty('refused');
});
test('CSV: a column with the name of the prototype is left out', () =>
  expect(JSON.stringify(rows('csv', 'ip,__proto__\n1,x\n'))).toBe('[{"ip":"1"}]'));

test("abuse.ch's lists as they are", () => {
  const feodo = `####\n# Feodo Tracker #\n####\n#\n"first_seen_utc","dst_ip","dst_port","malware"\r\n"2022-06-04 21:24:53","192.0.2.7","8080","Emotet"\r\n# END 1 entries\r\n`;
  expect(rows('csv', feodo, { primaryKey: 'dst_ip' })).toStrictEqual([
    { first_seen_utc: '2022-06-04 21:24:53', dst_ip: '192.0.2.7', dst_port: '8080', malware: 'Emotet' },
  ]);
  const urlhaus = `#\n# id,dateadded,url,tags\n"1","2026-08-21 05:51:07","http://192.0.2.9/bin.sh","32-bit,elf"\n`;
  expect(rows('csv', urlhaus, { primaryKey: 'url', columns: ['id', '', 'url', 'tags'] })).toStrictEqual([
    { id: '1', url: 'http://192.0.2.9/bin.sh', tags: '32-bit,elf' },
  ]);
  const threatfox = `# "first_seen_utc","ioc_id","ioc_value","tags"\n"2026-08-21 05:51:07", "1", "192.0.2.9:80", "a,b"\n`;
  expect(
    rows('csv', threatfox, { primaryKey: 'ioc', columns: ['', 'id', 'ioc', 'tags'], delimiter: ', ' }),
  ).toStrictEqual([{ id: '1', ioc: '192.0.2.9:80', tags: 'a,b' }]);
});

test('lists: comments of both kinds, at the end of a line too', () => {
  expect(rows('list', '# c\n; c\n\n 1.1.1.1 \r\n1.10.16.0/20 ; SBL1\n1.1.1.2\t# x\na#b;c\n')).toStrictEqual(
    ['1.1.1.1', '1.10.16.0/20', '1.1.1.2', 'a#b;c'].map((ip) => ({ ip })),
  );
  expect(rows('list', '#a\n% b\n', { comment: '%' })).toStrictEqual([{ ip: '#a' }]);
  expect(rows('list', '#a\n', { comment: '' })).toStrictEqual([{ ip: '#a' }]);
});

test('JSON lines: what is no object is told with its line', () =>
  expect(read('jsonl', '{"ip":"1"}\n[2]\n\n{"ip":\n')).toStrictEqual({
    rows: [{ ip: '1' }],
    problems: [
      { file: 'f', line: 2, message: 'expected a JSON object' },
      { file: 'f', line: 4, message: 'expected a JSON object' },
    ],
  }));

test('JSON: a list of rows or of values, anywhere in the document; a map of rows; lines', () => {
  expect(rows('json', '[{"ip":"1"},"2",3,[4]]')).toStrictEqual([{ ip: '1' }, { ip: '2' }, { ip: 3 }]);
  expect(rows('json', '{"a":{"list":["1"]}}', { rows: 'a.list' })).toStrictEqual([{ ip: '1' }]);
  expect(rows('json', '{"7":[{"ip":"1"}],"8":{"ip":"2"},"n":3}')).toStrictEqual([{ ip: '1' }, { ip: '2' }]);
  expect(rows('json', '{"ip":"1"}\n{"ip":"2"}\n')).toStrictEqual([{ ip: '1' }, { ip: '2' }]);
  expect(rows('json', '{"ip":"1"}')).toStrictEqual([{ ip: '1' }]);
});
test('JSON that has no list is refused', () => {
  expect(read('json', '[1,')).toStrictEqual({ refused: 'the file is no JSON' });
  expect(read('json', '{"a":[]}', { rows: 'b' })).toStrictEqual({
    refused: 'there is nothing at b, where Rows says the list is',
  });
  expect(read('json', '7')).toHaveProperty('refused');
});

test('a row that is too large is a problem; of many problems the first are shown and the others counted', () => {
  expect(read('jsonl', `{"ip":"${'x'.repeat(70_000)}"}\n{"ip":"1"}`)).toStrictEqual({
    rows: [{ ip: '1' }],
    problems: [{ file: 'f', line: 1, message: 'expected a row of at most 65536 characters' }],
  });
  const content = read('jsonl', 'x\n'.repeat(1000));
  expect('problems' in content && content.problems.slice(19)).toStrictEqual([
    { file: 'f', line: 20, message: 'expected a JSON object' },
    { file: 'f', message: '980 more rows cannot be used as they should' },
  ]);
});

test('a line longer than a block of reading is left out, and the lines after it have their numbers', () =>
  expect(read('list', `1\n${'x'.repeat(3_000_000)}\n2\n${'y'.repeat(2_000_000)}`)).toStrictEqual({
    rows: [{ ip: '1' }, { ip: '2' }],
    problems: [2, 4].map((line) => ({ file: 'f', line, message: 'expected a row of at most 65536 characters' })),
  }));
test('lines are the same over the border of a block', () => {
  const text = Array.from({ length: 200_000 }, (_, line) => `10.${line}\u00e4`).join('\n');
  const found = rows('list', text);
  if (!Array.isArray(found)) throw new Error('refused');
  expect(found.every(({ ip }, line) => ip === `10.${line}\u00e4`) && found.length === 200_000).toBe(true);
});
