import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readBytes } from './bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-bytes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'x');

function read(content: string | Buffer, maxBytes = 1024 * 1024) {
  writeFileSync(path, content);
  const bytes = readBytes(path, maxBytes, ['csv', 'tsv']);
  return Buffer.isBuffer(bytes) ? bytes.toString() : bytes.refused;
}

test('gzip is told by its first bytes', () => {
  expect(read('1.1.1.1\n')).toBe('1.1.1.1\n');
  expect(read(gzipSync('1.1.1.1\n'))).toBe('1.1.1.1\n');
  expect(read(Buffer.concat([gzipSync('a'), gzipSync('b')]))).toBe('ab');
  expect(read(gzipSync('1.1.1.1\n'.repeat(1000)).subarray(0, 40))).toBe('the file is a damaged gzip file');
});
test('too much is refused, decompressed too', () => {
  expect(read(Buffer.alloc(1024 * 1024 + 1))).toBe('the file is larger than 1 MiB');
  expect(read(gzipSync(Buffer.alloc(50 * 1024 * 1024)))).toBe('the file is larger than 1 MiB');
});
test('a web page is refused in any dress', () => {
  const pages = [
    '<!DOCTYPE html>',
    '\uFEFF \n\t<HTML lang="en">',
    '<?xml version="1.0"?>\n<!doctype HTML PUBLIC>',
    '<html>',
  ];
  for (const page of [...pages, ...pages.map((text) => gzipSync(text))]) {
    expect(read(page)).toBe('the file is an HTML page, not data');
  }
  expect(read('<htmlx>')).toBe('<htmlx>');
});
/** ustar: name, size in octal, type, magic. */
function entry(name: string, content: string, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  header.write('ustar', 257);
  return Buffer.concat([header, Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, '\0'))]);
}

test('of an archive the file of the format is taken', () => {
  const archive = Buffer.concat([
    entry('link.csv', '', '2'),
    entry('d/LICENSE.txt', 'x'.repeat(600)),
    entry('d/A.CSV', 'ip\n1\n'),
    Buffer.alloc(1024),
  ]);
  expect(read(archive)).toBe('ip\n1\n');
  expect(read(gzipSync(archive))).toBe('ip\n1\n');
  expect(read(gzipSync(entry('a.csv', '<html>')))).toBe('the file is an HTML page, not data');
  expect(read(entry('a.txt', 'x'))).toBe('the archive has no whole file called .csv or .tsv');
  expect(read(entry('a.csv', 'x'.repeat(2000)).subarray(0, 1024))).toBe(
    'the archive has no whole file called .csv or .tsv',
  );
});
test('what is no file is refused', () => {
  expect(readBytes(join(folder, 'none'), 1, [])).toHaveProperty('refused', expect.stringMatching(/ENOENT/));
  expect(readBytes(folder, 1, [])).toStrictEqual({ refused: 'expected a file' });
});
