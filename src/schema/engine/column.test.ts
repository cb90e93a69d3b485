import { expect, test } from 'vitest';
import { createRandom, pick } from '../../../bench/random.ts';
import type { Column } from '../../core/table.ts';
import { BlockWriter, Bytes, type ColumnWriter } from './column.ts';
import { unescapeJson } from './record.ts';

const pieces = ['a', 'é', '😀', '\\\\', '\\"', '\\/', '\\n', '\\r\\n', '\\t', '\\b\\f'];
const odd = ['\\u00e9', '\\u0000', '\\ud83d\\ude00', '\\x', '\t', '\\'];

test('the inside of a JSON string is written as its text is', () => {
  const random = createRandom(7);
  let direct = 0;
  for (let round = 0; round < 2000; round++) {
    const from = round % 4 === 0 ? [...pieces, ...odd] : pieces;
    const length = pick([0, 3, 60, 64, 65, 130, 9000], random);
    const inside = Array.from({ length }, () => pick(from, random)).join('');
    const bytes = Buffer.from(`before${inside}"after`);
    const [written, expected] = [new Bytes(16), new Bytes(16)];
    const isWritten = written.unescaped(bytes, 6, 6 + Buffer.byteLength(inside));
    expected.text(unescapeJson(inside));
    expect(written.view()).toEqual(isWritten ? expected.view() : new Bytes(16).view());
    direct += isWritten ? 1 : 0;
    const isOdd = odd.some((each) => inside.includes(each));
    expect([isOdd, isWritten]).not.toEqual([false, false]);
  }
  expect(direct).toBeGreaterThan(1500);
});

const kinds: readonly [Column['kind'], boolean, (writer: ColumnWriter) => void][] = [
  ['string', true, (writer) => writer.addText('x')],
  ['string', false, (writer) => writer.addText('x')],
  ['low', false, (writer) => writer.addSame('same')],
  ['int', true, (writer) => writer.addNumber(5)],
  ['timestamp', true, (writer) => writer.addNumber(5)],
  ['bigint', true, (writer) => writer.addBigint(5n)],
  ['object', false, (writer) => writer.addText('{"a":1}')],
];
/** What a row without a value has in the column's data; a zero where none is named. */
const zeros: Partial<Record<Column['kind'], readonly number[]>> = {
  int: [0, 0, 0, 0],
  timestamp: [0, 0, 0, 0, 0, 0, 0, 0],
  bigint: [0, 0, 0, 0, 0, 0, 0, 0],
  object: [2, 0x7b, 0x7d],
};

test.each(kinds)('rows without a value: %s, nullable %s', (kind, nullable, add) => {
  const block = new BlockWriter([{ name: 'c', kind, nullable }]);
  const [writer] = block.columns;
  if (writer === undefined) throw new Error('bug: no column');
  const values = (filled: readonly boolean[]) => {
    for (const isFilled of filled) {
      if (isFilled) add(writer);
      block.endRow();
    }
    const taken = block.take((size) => new SharedArrayBuffer(size));
    return Buffer.from(taken ?? []).toString('hex');
  };
  const one = values([true]);
  const [sparse, again] = [
    values([false, true, false, false, true, false]),
    values([false, true, false, false, true, false]),
  ];
  expect(again).toBe(sparse);
  const zero = Buffer.from(zeros[kind] ?? [0]).toString('hex');
  const value = one.slice(headOf(one, nullable));
  const nulls = nullable ? '010001010001' : '';
  expect(sparse.endsWith(`${nulls}${zero}${value}${zero}${zero}${value}${zero}`)).toBe(true);
});

test('rows without a list have an empty one', () => {
  const block = new BlockWriter([{ name: 'c', kind: 'strings', nullable: false }]);
  for (const values of [undefined, ['x', 'y'], undefined, ['z'], undefined]) {
    if (values !== undefined) block.columns[0]?.addTexts(values);
    block.endRow();
  }
  const taken = Buffer.from(block.take((size) => new SharedArrayBuffer(size)) ?? []);
  const offsets = [0, 2, 2, 3, 3].map((end) => `${Buffer.from([end]).toString('hex')}00000000000000`).join('');
  expect(taken.toString('hex').endsWith(`${offsets}01780179017a`)).toBe(true);
});

/** Hex digits before the value of a block of one row: counts, the column's name, its type, and a mark of null. */
function headOf(hex: string, nullable: boolean): number {
  const bytes = Buffer.from(hex, 'hex');
  const type = 2 + 1 + (bytes[2] ?? 0);
  return 2 * (type + 1 + (bytes[type] ?? 0) + (nullable ? 1 : 0));
}
