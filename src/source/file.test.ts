import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Chunk } from '../core/batch.ts';
import { file } from './file.ts';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

let workspace: string;
let positions: Map<string, number>;
let ends: (() => Promise<void>)[];

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'file-source-'));
  positions = new Map();
  ends = [];
});
afterEach(async () => {
  for (const end of ends) await end();
  rmSync(workspace, { recursive: true, force: true });
});

const at = (name: string): string => join(workspace, name);
const textOf = (chunk: Chunk): string => Buffer.from(chunk.bytes).toString();

/** Reads with the positions of earlier runs, and keeps its own for later ones. */
function start(settings: { paths: readonly string[]; follow?: boolean; maxRecordBytes?: number }) {
  const context = { clock: { now: () => 0 }, positions: new Map(positions), workspace, stdin: Readable.from([]) };
  const source = file.create('f', file.settings.parse(settings), context);
  const stop = new AbortController();
  const chunks: Chunk[] = [];
  const ended = (async () => {
    for await (const chunk of source.read(stop.signal)) {
      chunks.push(chunk);
      if (chunk.position !== undefined) positions.set(chunk.position.key, chunk.position.value);
      chunk.settled?.();
    }
  })();
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  ends.push(end);
  return { source, chunks, ended, end, text: () => chunks.map(textOf).join('') };
}

async function readOnce(paths: readonly string[], settings: { maxRecordBytes?: number } = {}) {
  const run = start({ paths, follow: false, ...settings });
  await run.ended;
  return run;
}

const follow = (...paths: readonly string[]) => start({ paths });

test('files are read once in natural order, also a last line without an end', async () => {
  for (const n of [10, 2, 1]) writeFileSync(at(`${n}.log`), `${n}\nlast ${n}`);
  mkdirSync(at('0.log'));
  const { source, chunks, text } = await readOnce(['*.log', '2.log']);
  expect(text()).toBe('1\nlast 12\nlast 210\nlast 10');
  expect(chunks[0]).toMatchObject({ file: at('1.log'), reference: { path: at('1.log'), offset: 0 } });
  expect(source.health()).toEqual({ state: 'done', message: '*.log, 2.log read to the end' });
  expect(source.progress()).toEqual({ bytesDone: 26, bytesTotal: 26, file: at('10.log') });
});

test('a reference is where the bytes are, in a large file with records over the limit', async () => {
  const lines = Array.from({ length: 60_000 }, (_, n) =>
    n % 20_000 === 7 ? 'x'.repeat(3000) : `line ${n} ${'y'.repeat(90)}`,
  );
  const content = Buffer.from(lines.join('\n'));
  writeFileSync(at('a.log'), content);
  const { chunks, source } = await readOnce(['a.log'], { maxRecordBytes: 2000 });
  const records = chunks.filter(({ oversized }) => oversized === undefined);
  expect(records.length).toBeGreaterThan(3);
  for (const { bytes, reference, position } of records) {
    const offset = reference?.offset ?? -1;
    expect(content.subarray(offset, offset + bytes.length).equals(bytes)).toBe(true);
    expect(position?.value).toBe(offset + bytes.length);
  }
  expect(records.map(textOf).join('')).toBe(lines.filter((line) => !line.startsWith('xxx')).join('\n'));
  expect(chunks.flatMap(({ oversized }) => (oversized === undefined ? [] : [oversized.length]))).toEqual([
    3000, 3000, 3000,
  ]);
  expect(source.progress().bytesDone).toBe(content.length);
});

test('what was read is not read again, also after renaming; what was added is', async () => {
  writeFileSync(at('a.log'), 'one\ntwo\n');
  expect((await readOnce(['*.log'])).text()).toBe('one\ntwo\n');
  expect((await readOnce(['*.log'])).text()).toBe('');
  renameSync(at('a.log'), at('b.log'));
  appendFileSync(at('b.log'), 'three\n'.repeat(1000));
  expect((await readOnce(['*.log'])).text()).toBe('three\n'.repeat(1000));
});

test('a file of another content at the same inode is read from its beginning', async () => {
  writeFileSync(at('a.log'), 'one\ntwo\n');
  await readOnce(['a.log']);
  writeFileSync(at('a.log'), 'other content that is longer\n');
  expect((await readOnce(['a.log'])).text()).toBe('other content that is longer\n');
});

test('gzip is known by its first bytes, in several members, and skipped when it was read', async () => {
  writeFileSync(at('a.log'), Buffer.concat([gzipSync('one\n'), gzipSync('two')]));
  const first = await readOnce(['a.log']);
  expect(first.text()).toBe('one\ntwo');
  expect(first.chunks.every(({ reference }) => reference === undefined)).toBe(true);
  expect((await readOnce(['a.log'])).chunks).toEqual([]);
});

test('gzip is read on from where it was left', async () => {
  const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n * 7919}\n`);
  writeFileSync(at('a.gz'), gzipSync(lines.join('')));
  const whole = await readOnce(['a.gz']);
  expect(whole.text()).toBe(lines.join(''));
  const [first] = whole.chunks;
  positions = new Map([[first?.position?.key ?? '', first?.position?.value ?? 0]]);
  expect(textOf(first ?? { bytes: new Uint8Array() }) + (await readOnce(['a.gz'])).text()).toBe(lines.join(''));
});

test('a broken gzip file is told; its good part and the other files are read', async () => {
  writeFileSync(at('a.gz'), gzipSync(Buffer.alloc(100_000, 'abc\n')).subarray(0, 60));
  writeFileSync(at('b.log'), 'fine\n');
  const { source, text } = await readOnce(['a.gz', 'b.log']);
  expect([text().startsWith('abc\nabc\n'), text().endsWith('fine\n')]).toEqual([true, true]);
  expect(source.health().state).toBe('failing');
  expect(source.health().message).toMatch(
    /a\.gz is not whole gzip \(unexpected end of file after \d+ unpacked bytes\)/,
  );
});

test('no file, and a name that only looks like a glob', async () => {
  expect((await readOnce(['missing.log'])).source.health()).toEqual({
    state: 'failing',
    message: 'no file matches missing.log',
  });
  writeFileSync(at('a[1].log'), 'x\n');
  expect((await readOnce(['a[1].log'])).text()).toBe('x\n');
});

test('a named pipe and a folder are not read', async () => {
  execFileSync('mkfifo', [at('pipe.log')]);
  mkdirSync(at('dir.log'));
  writeFileSync(at('z.log'), 'z\n');
  expect((await readOnce(['*.log'])).text()).toBe('z\n');
});

test('following: lines as they come, only whole ones, and new files', async () => {
  writeFileSync(at('a.log'), 'one\nhal');
  const { source, text, chunks } = follow('*.log');
  await expect.poll(text).toBe('one\n');
  appendFileSync(at('a.log'), 'f\n');
  await expect.poll(text).toBe('one\nhalf\n');
  writeFileSync(at('b.log'), 'new\n');
  await expect.poll(text).toBe('one\nhalf\nnew\n');
  expect(chunks.at(-1)?.file).toBe(at('b.log'));
  expect(source.health()).toEqual({ state: 'healthy', message: 'following 2 files: *.log' });
});

test('following: it waits for a file that is not there yet', async () => {
  const { source, text } = follow('later/a.log');
  await expect.poll(() => source.health()).toEqual({ state: 'idle', message: 'no file matches yet: later/a.log' });
  mkdirSync(at('later'));
  writeFileSync(at('later/a.log'), 'x\n');
  await expect.poll(text).toBe('x\n');
});

test('following: rotation by renaming loses nothing that is written to the old file, and repeats nothing', async () => {
  writeFileSync(at('a.log'), '1\n');
  const { text } = follow('a.log');
  await expect.poll(text).toBe('1\n');
  renameSync(at('a.log'), at('a.log.1'));
  appendFileSync(at('a.log.1'), '2\n');
  writeFileSync(at('a.log'), '3\n');
  appendFileSync(at('a.log.1'), '4\n');
  await expect.poll(() => text().split('\n').toSorted()).toEqual(['', '1', '2', '3', '4']);
});

test('following: rotation by renaming under a glob that takes both', async () => {
  writeFileSync(at('a.log'), '1\n');
  const { text } = follow('a.log*');
  await expect.poll(text).toBe('1\n');
  renameSync(at('a.log'), at('a.log.1'));
  writeFileSync(at('a.log'), '2\n');
  await expect.poll(text).toBe('1\n2\n');
  appendFileSync(at('a.log'), '3\n');
  await expect.poll(text).toBe('1\n2\n3\n');
});

test('following: rotation by copying, also when the file is longer than before at the next look', async () => {
  const before = Array.from({ length: 30 }, (_, n) => `before ${n}\n`).join('');
  writeFileSync(at('a.log'), before);
  const { text } = follow('a.log*');
  await expect.poll(text).toBe(before);
  copyFileSync(at('a.log'), at('a.log.1'));
  truncateSync(at('a.log'), 0);
  const after = Array.from({ length: 60 }, (_, n) => `after ${n}\n`).join('');
  appendFileSync(at('a.log'), after);
  await expect.poll(() => text().length, { timeout: 5000 }).toBe(before.length + after.length);
  expect(text()).toBe(before + after);
});

test('following: a file that became shorter and begins as before is read anew', async () => {
  const begin = 'the same\n'.repeat(200);
  writeFileSync(at('a.log'), `${begin}long\n${begin}`);
  const { text, source } = follow('a.log');
  await expect.poll(() => text().length).toBe(2 * begin.length + 5);
  writeFileSync(at('a.log'), `${begin}short\n`);
  await expect.poll(() => text().slice(2 * begin.length + 5)).toBe(`${begin}short\n`);
  expect(source.health().state).toBe('healthy');
});

test('following: a rotated file that is then packed is not read twice', async () => {
  const content = Array.from({ length: 300 }, (_, n) => `line ${n}\n`).join('');
  writeFileSync(at('a.log'), content);
  const { text } = follow('a.log*');
  await expect.poll(text).toBe(content);
  writeFileSync(at('a.log.1.gz'), gzipSync(`${readFileSync(at('a.log')).toString()}added late\n`));
  rmSync(at('a.log'));
  writeFileSync(at('a.log'), 'next\n');
  await expect.poll(() => text().length, { timeout: 5000 }).toBe(content.length + 'added late\nnext\n'.length);
});

test('following: the last record of a deleted file is taken, though it has no end', { timeout: 15_000 }, async () => {
  writeFileSync(at('a.log'), 'one\nlast');
  const { text } = follow('*.log');
  await expect.poll(text).toBe('one\n');
  rmSync(at('a.log'));
  await expect.poll(text, { timeout: 8000 }).toBe('one\nlast');
});

test('following: stopping and starting again goes on where it was', async () => {
  writeFileSync(at('a.log'), '1\n');
  const first = follow('a.log');
  await expect.poll(first.text).toBe('1\n');
  await first.end();
  appendFileSync(at('a.log'), '2\n');
  renameSync(at('a.log'), at('a.log.1'));
  writeFileSync(at('a.log'), '3\n');
  const second = follow('a.log*');
  await expect.poll(() => second.text().split('\n').toSorted()).toEqual(['', '2', '3']);
});

test('following: one file under two names is read once', async () => {
  writeFileSync(at('a.log'), '1\n');
  symlinkSync(at('a.log'), at('b.log'));
  const { text } = follow('*.log');
  await expect.poll(text).toBe('1\n');
  appendFileSync(at('a.log'), '2\n');
  await expect.poll(text).toBe('1\n2\n');
});

const sample = join(data, 'cowrie-synthetic-load/day01.json.gz');
test.skipIf(!existsSync(sample))(
  'a real gzip log comes out whole (skipped where the sample data is missing)',
  async () => {
    const { text } = await readOnce([sample]);
    expect(text()).toBe(gunzipSync(readFileSync(sample)).toString());
  },
);

const samples = join(data, 'fluentd-s3/bucket/netstat');
test.skipIf(!existsSync(samples))(
  'a folder of real logs is read by a glob (skipped where the sample data is missing)',
  async () => {
    const { text } = await readOnce([join(samples, '**/*.json')]);
    const names = readdirSync(samples, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
    const size = names.reduce((sum, name) => sum + readFileSync(join(samples, name)).length, 0);
    expect(Buffer.byteLength(text())).toBe(size);
  },
);
