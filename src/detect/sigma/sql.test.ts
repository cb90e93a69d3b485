// What SQL is written; test/sigma-sql.test.ts runs it.

import { expect, test } from 'vitest';
import type { Schema } from '../../core/schema.ts';
import type { Table } from '../../core/table.ts';
import type { Condition, Match, Piece } from './ast.ts';
import { toSql } from './sql.ts';
import { fieldsOf } from './sql-field.ts';
import { historyQuery } from './sql-history.ts';

const schema: Schema = {
  name: 'Test.Some',
  description: '',
  referenceUrl: '',
  parser: { type: 'json' },
  fields: [
    { name: 'a', type: 'string', required: false, ecs: 'source.ip' },
    { name: 'b`\\c', type: 'string', required: false },
    { name: 'n', type: 'int', required: false, ecs: 'event.outcome', ecsValues: { '1': 'success' } },
    { name: 'list', type: 'array', required: false, element: { type: 'string' } },
    { name: 'object', type: 'object', required: false, fields: [{ name: 'x', type: 'json', required: false }] },
    { name: 'Hostname', type: 'string', required: false },
    { name: 'Computer', type: 'string', required: false },
  ],
  drop: [],
  extract: [],
  patternDefinitions: {},
  ecs: { 'event.kind': 'event' },
  fieldDiscovery: false,
  file: 'some.yml',
};

const table: Table = {
  name: 'test_some',
  logType: 'Test.Some',
  columns: [
    { name: 'a', kind: 'string', nullable: true },
    { name: 'b`\\c', kind: 'string', nullable: true },
    { name: 'n', kind: 'int', nullable: true },
    { name: 'list', kind: 'strings', nullable: false },
    { name: 'object', kind: 'object', nullable: false },
    { name: 'Hostname', kind: 'string', nullable: true },
    { name: 'Computer', kind: 'string', nullable: true },
    { name: 'p_any_ip_addresses', kind: 'strings', nullable: false, index: 'bloom' },
    { name: 'p_event_time', kind: 'timestamp', nullable: false },
    { name: 'p_row_id', kind: 'string', nullable: false },
    { name: 'p_raw', kind: 'string', nullable: false },
  ],
  aliases: [
    { name: 'p_ecs.source.ip', column: 'a' },
    { name: 'p_ecs.event.outcome', column: 'n', values: { '1': 'success' } },
    { name: 'p_ecs.event.kind', constant: 'event' },
  ],
};

const fields = fieldsOf(table, schema);
const run: Piece = { any: 'run' };
const is = (field: string, match: Match): Condition => ({ kind: 'field', field, match });
const text = (...pieces: Piece[]): Match => ({ kind: 'text', pieces, cased: false });
const any = (...of: Condition[]): Condition => ({ kind: 'or', of });
const all = (...of: Condition[]): Condition => ({ kind: 'and', of });
const not = (of: Condition): Condition => ({ kind: 'not', of });

function sqlOf(condition: Condition): string {
  const written = toSql(condition, fields);
  return 'sql' in written ? written.sql : `problem: ${written.problem}`;
}

const shapes: readonly (readonly [string, Condition, string])[] = [
  ['equal texts', any(is('a', text('X')), is('a', text('y'))), "lowerUTF8(`a`) IN ('x', 'y')"],
  ['the same twice', any(is('a', text('x')), is('a', text('X'))), "lowerUTF8(`a`) = 'x'"],
  [
    'parts of a text, however they are nested',
    any(is('a', text(run, 'X', run)), any(is('a', text(run, 'y', run)))),
    "multiSearchAny(lowerUTF8(`a`), ['x', 'y'])",
  ],
  [
    'ends',
    any(is('a', text('x', run)), is('a', text(run, 'y'))),
    "or(startsWith(lowerUTF8(`a`), 'x'), endsWith(lowerUTF8(`a`), 'y'))",
  ],
  ['wildcards', is('a', text('1%', run, '\\', { any: 'one' })), "like(lowerUTF8(`a`), '1\\\\%%\\\\\\\\_')"],
  [
    'numbers',
    any(is('n', text('1')), is('n', text('02')), is('n', text('3'))),
    "or(`n` IN (1, 3), toString(`n`) = '02')",
  ],
  [
    'one walk through a list',
    any(is('list', text('x')), is('list', text('y'))),
    "arrayExists(p_value0 -> lowerUTF8(p_value0) IN ('x', 'y'), `list`)",
  ],
  ['no NULL under not', not(is('a', text('x'))), "not(ifNull(lowerUTF8(`a`) = 'x', false))"],
  [
    'several nots',
    all(not(is('a', text('x'))), not(is('a', text('y')))),
    "not(ifNull(lowerUTF8(`a`) IN ('x', 'y'), false))",
  ],
  ['what is never so is left out', any(is('nowhere', text('x')), is('n', { kind: 'null' })), 'not(isNotNull(`n`))'],
  [
    'what is always so is left out',
    all(not(is('nowhere', text('x'))), is('n', { kind: 'number', value: 1 })),
    '`n` = 1',
  ],
  ['never', all(is('nowhere', text('x')), is('a', text('x'))), 'false'],
  ['hostile names and texts', is('b`\\c', text("x'\\\0")), "lowerUTF8(`b\\`\\\\c`) = 'x\\'\\\\\\0'"],
  ['hostile paths', is('object.x.`--.\\', { kind: 'boolean', value: true }), 'arrayExists'],
  ['numbers without end', is('n', { kind: 'compare', operator: 'gt', value: Number.NEGATIVE_INFINITY }), '`n` > -inf'],
];

test.each(shapes)('%s', (_, condition, expected) => {
  const sql = sqlOf(condition);
  expect(expected === 'arrayExists' ? sql.slice(0, expected.length) : sql).toBe(expected);
});

const column = { kind: 'string' };
const places: readonly (readonly [string, readonly unknown[]])[] = [
  ['a', [{ ...column, expression: '`a`' }]],
  ['source.ip', [{ ...column, expression: '`a`' }]],
  ['event.outcome', [{ ...column, expression: '`p_ecs.event.outcome`' }]],
  ['event.kind', [{ ...column, expression: "'event'" }]],
  ['p_log_type', [{ ...column, expression: "'Test.Some'" }]],
  ['p_any_ip_addresses', [{ kind: 'strings', expression: '`p_any_ip_addresses`' }]],
  ['object.x.y', [{ kind: 'json', name: 'object.x.y' }]],
  [
    'ComputerName',
    [
      { ...column, expression: 'coalesce(`Computer`, `Hostname`)' },
      { kind: 'json', name: 'ComputerName' },
    ],
  ],
  ['p_raw', []],
];

const windows = fieldsOf(
  { ...table, columns: [...table.columns, { name: 'Event', kind: 'string', nullable: true }] },
  { ...schema, name: 'Windows.Some', fields: [...schema.fields, { name: 'Event', type: 'json', required: false }] },
);

test.each(places)('%s is found where events have it', (name, expected) => {
  const found = (name === 'ComputerName' ? windows : fields).find(name);
  expect(found.map((field) => ({ ...field, values: undefined }))).toEqual(expected);
});

test('the query of a hunt', () => {
  const window = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) };
  const options = { columns: ['a', 'p_row_id'], maxRows: 20 };
  expect(historyQuery(is('a', text('x')), schema, table, window, options)).toEqual({
    sql: `SELECT \`p_row_id\`, \`p_event_time\`, \`a\`
FROM \`test_some\`
WHERE p_event_time >= {from:DateTime64(6, 'UTC')} AND p_event_time < {to:DateTime64(6, 'UTC')} AND lowerUTF8(\`a\`) = 'x'
ORDER BY p_event_time DESC, p_row_id
LIMIT 20`,
    parameters: { from: '2026-01-01 00:00:00.000', to: '2026-01-02 00:00:00.000' },
  });
});
