import { expect, test } from 'vitest';
import { countRecords, createLineCutter, endLine } from './lines.ts';

const limit = 1024;

/** Cuts the text as it comes in parts of `size` bytes. `<n` is an oversized record of n bytes. */
function cut(
  text: string,
  size: number,
  maxRecordBytes = limit,
): { pieces: readonly string[]; ends: readonly number[] } {
  const cutter = createLineCutter(maxRecordBytes);
  const bytes = Buffer.from(text);
  const found = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...cutter.push(bytes.subarray(at, at + size)));
  found.push(...cutter.end());
  return {
    pieces: found.map(({ bytes: own, oversized }) =>
      oversized === undefined ? Buffer.from(own).toString() : `<${oversized.length}`,
    ),
    ends: found.map(({ end }) => end),
  };
}

test('whole lines of what came are one piece; the last record may lack its end', () => {
  expect(cut('a\nbb\nccc', 100)).toEqual({ pieces: ['a\nbb\n', 'ccc'], ends: [5, 8] });
  expect(cut('a\r\n\r\nb\n', 100)).toEqual({ pieces: ['a\r\n\r\nb\n'], ends: [7] });
  expect(cut('', 100)).toEqual({ pieces: [], ends: [] });
  expect(cut('abc\ndef\n', 2)).toEqual({ pieces: ['abc\n', 'def\n'], ends: [4, 8] });
});

test('a record at the limit is taken, one over it is cut out, wherever the parts end', () => {
  const at = 'x'.repeat(limit);
  const over = 'y'.repeat(limit + 1);
  const text = `a\n${at}\nb\n${over}\nc\n${over}`;
  for (const size of [1, 3, 64, limit - 1, limit, limit + 1, 100_000]) {
    const { pieces, ends } = cut(text, size);
    const whole = pieces.filter((piece) => !piece.startsWith('<')).join('');
    expect(whole, `parts of ${size}`).toBe(`a\n${at}\nb\nc\n`);
    expect(pieces.filter((piece) => piece.startsWith('<'))).toEqual([`<${limit + 1}`, `<${limit + 1}`]);
    expect(pieces.indexOf(`<${limit + 1}`)).toBe(pieces.lastIndexOf('c\n') - 1);
    expect(ends.at(-1)).toBe(text.length);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  }
});

test('any text comes out as it came in, in parts of any size', () => {
  const text = Array.from({ length: 300 }, (_, n) => 'z'.repeat((n * 37) % 300)).join('\n');
  for (let size = 1; size < 700; size += 13) expect(cut(text, size).pieces.join('')).toBe(text);
});

test('a line of 200 MB is never held: 64 KiB of it are kept, with its length', () => {
  const cutter = createLineCutter(1024 * 1024);
  const block = Buffer.alloc(1024 * 1024, 'x');
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 200; n++) expect(cutter.push(block)).toEqual([]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024);
  const [piece, next] = cutter.push(Buffer.from('\nnext\n'));
  expect(piece?.bytes.length).toBe(64 * 1024);
  expect(piece?.oversized).toEqual({ length: 200 * 1024 * 1024, limit: 1024 * 1024 });
  expect(Buffer.from(next?.bytes ?? []).toString()).toBe('next\n');
});

test('a limit below 64 KiB keeps no more than the limit', () => {
  const cutter = createLineCutter(2000);
  const [piece] = cutter.push(Buffer.from(`${'x'.repeat(5000)}\n`));
  expect([piece?.bytes.length, piece?.oversized]).toEqual([2000, { length: 5000, limit: 2000 }]);
});

test('a piece has an ArrayBuffer of its own', () => {
  const [piece] = createLineCutter(limit).push(Buffer.from('abc\n'));
  expect(piece?.bytes.buffer.byteLength).toBe(4);
});

const count = (text: string) => countRecords(Buffer.from(text));
const ended = (text: string) => Buffer.from(endLine(new Uint8Array(Buffer.from(text)))).toString();

test('records are lines that are not empty', () => {
  expect([count(''), count('\n\n'), count('a'), count('a\n\nb\n'), count('a\nb')]).toEqual([0, 0, 1, 2, 2]);
  expect([ended('a'), ended('a\n')]).toEqual(['a\n', 'a\n']);
});
