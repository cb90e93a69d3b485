import { expect, test } from 'vitest';
import { writeEnrichments } from './test-document.ts';

const enrichment = { tor: { source_ip: { ip: '192.0.2.1', p_match: '192.0.2.1' } } };

/** The document's tests, each given as the text of its Log. */
const documentOf = (...logs: readonly string[]): string =>
  `# A rule.\nRuleID: A   # aligned\nTests:\n${logs.map((log, index) => `  - Name: t${index}\n    ExpectedResult: true\n    Log:${log}`).join('')}`;

function write(text: string, ...indexes: readonly number[]) {
  return writeEnrichments(text, 'rules/a.yml', new Map(indexes.map((index) => [index, enrichment])));
}
/** The text of the Log after the enrichment was written. */
function after(log: string, rest = ''): string {
  const { text, problems } = write(documentOf(log) + rest, 0);
  expect(problems).toEqual([]);
  const [head, tail] = [documentOf(''), rest];
  expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
  return text.slice(head.length, text.length - tail.length);
}

const block = `      p_enrichment:
        tor:
          source_ip:
            ip: 192.0.2.1
            p_match: 192.0.2.1
`;
const flow = 'p_enrichment: { tor: { source_ip: { ip: 192.0.2.1, p_match: 192.0.2.1 } } }';
const json = (indent: string): string => JSON.stringify(enrichment, undefined, 2).replaceAll('\n', `\n${indent}`);

test('a block of keys gets it after its last line', () => {
  expect(after('\n      a: 1 # one\n      b: x   # two\n')).toBe(`\n      a: 1 # one\n      b: x   # two\n${block}`);
  expect(after('\n      a: [1, 2]\n', '\n# end\n')).toBe(`\n      a: [1, 2]\n${block}`);
  expect(after('\n      a:\n        - {b: 1}\n        - c # c\n')).toBe(
    `\n      a:\n        - {b: 1}\n        - c # c\n${block}`,
  );
  expect(after('\n      a: |\n        text\n', '\n  - Name: last\n    Log: {}\n')).toBe(
    `\n      a: |\n        text\n${block}`,
  );
  expect(after('\n      a: "x\n        y"\n')).toBe(`\n      a: "x\n        y"\n${block}`);
  expect(after('\n      a:\n')).toBe(`\n      a:\n${block}`);
  expect(after('\n      a: 1')).toBe(`\n      a: 1\n${block.trimEnd()}`);
});

test('a flow of keys gets it before its end', () => {
  expect(after(' {a: 1}\n')).toBe(` {a: 1, ${flow}}\n`);
  expect(after(' { a: 1, } # c\n')).toBe(` { a: 1, ${flow}, } # c\n`);
  expect(after(' {}\n')).toBe(` {${flow}}\n`);
  expect(after('\n      {\n        "a": 1,\n        "b": {"c": 2} # c\n      }\n')).toBe(
    `\n      {\n        "a": 1,\n        "b": {"c": 2},\n        "p_enrichment": ${json('        ')} # c\n      }\n`,
  );
});

test('lines end as the others do', () => {
  const { text } = write(documentOf('\n      a: 1\n', ' {a: 1}\n').replaceAll('\n', '\r\n'), 0, 1);
  expect(text).toBe(documentOf(`\n      a: 1\n${block}`, ` {a: 1, ${flow}}\n`).replaceAll('\n', '\r\n'));
});

test('only the named tests get it', () => {
  const logs = [' {a: 1}\n', ' {b: 1}\n', '\n      c: 1\n'] as const;
  const { text, written } = write(documentOf(...logs), 2, 0);
  expect(text).toBe(documentOf(` {a: 1, ${flow}}\n`, logs[1], `\n      c: 1\n${block}`));
  expect([...written]).toEqual([2, 0]);
});

test('texts that YAML would take for something else', () => {
  const odd = {
    t: { s: { a: 'yes', b: '1', c: '', d: ' x: {,\n#', e: null, f: [true, 1.5], 'g: h': '- x', i: 'j\u2028' } },
  };
  const logs = ['\n      a: 1\n', ' {a: 1}\n', ' {a: 1,\n      b: 2}\n'];
  const { written } = writeEnrichments(documentOf(...logs), 'a.yml', new Map(logs.map((_, index) => [index, odd])));
  expect(written.size).toBe(3);
});

test.each([
  ["a text of the log's JSON", ` '{"a": 1}'\n`],
  ['an alias', ' *shared\n'],
  ['a map that is used elsewhere', ' &shared {a: 1}\n'],
  ['a log that has it', ' {p_enrichment: {}}\n'],
])('%s stays as it is, and so told', (_, log) => {
  const text = `x: &shared {b: 1}\n${documentOf(log, ' {a: 1}\n')}`;
  const { text: next, written, problems } = write(text, 0, 1);
  expect(next).toBe(text.replace(/ \{a: 1\}\n$/, ` {a: 1, ${flow}}\n`));
  expect([...written]).toEqual([1]);
  expect(problems).toEqual([
    {
      file: 'rules/a.yml',
      line: 7,
      column: expect.any(Number),
      message:
        'Tests[0].Log: expected a map of keys that is not used elsewhere and has no p_enrichment; nothing is written',
    },
  ]);
});
