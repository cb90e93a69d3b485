import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Batch, Chunk } from '../core/batch.ts';
import { type Journal, type JournalEntry, type JournalOptions, openJournal } from './journal.ts';

let folder: string;
let dir: string;
let warnings: string[];
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  dir = join(folder, 'journal');
  warnings = [];
  now = 1_700_000_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(options: Partial<JournalOptions> = {}): Promise<Journal> {
  return openJournal(dir, { clock: { now: () => now }, warn: (message) => warnings.push(message), ...options });
}

function chunk(text: string, rest: Partial<Chunk> = {}): Chunk {
  return { bytes: new Uint8Array(Buffer.from(text)), ...rest };
}

async function all(journal: Journal): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of journal.entries()) entries.push(entry);
  return entries;
}

/** What a restart finds. */
async function found(): Promise<readonly JournalEntry[]> {
  const journal = await open();
  await journal.close();
  return all(journal);
}

function batches(entries: readonly JournalEntry[]): readonly Batch[] {
  return entries.flatMap((entry) => (entry.kind === 'batch' ? [entry.batch] : []));
}

function textOf(batch: Batch): string {
  return Buffer.from(batch.bytes).toString();
}

function segmentFiles(): readonly string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(dir, name));
}

test('what is appended comes out in order, with ids of segment and frame, and then its seal with the last positions', async () => {
  const journal = await open();
  await journal.append('a', chunk('one\n', { position: { key: 'f', value: 4 } }));
  await journal.append('b', chunk('two\n', { file: '/x' }));
  await journal.append('a', chunk('three\n', { position: { key: 'f', value: 10 } }));
  await journal.close();
  const entries = await all(journal);
  expect(batches(entries).map((batch) => [batch.id, batch.source, batch.file, textOf(batch)])).toEqual([
    ['00000001-0000', 'a', undefined, 'one\n'],
    ['00000001-0001', 'b', '/x', 'two\n'],
    ['00000001-0002', 'a', undefined, 'three\n'],
  ]);
  expect(entries.at(-1)).toEqual({
    kind: 'sealed',
    segment: 1,
    batches: 3,
    positions: [{ source: 'a', key: 'f', value: 10 }],
  });
});

test('nothing is received before a time that is done with', async () => {
  const journal = await open();
  journal.notBefore(now + 5000);
  journal.notBefore(now + 1000);
  expect((await journal.append('a', chunk('a\n'))).received).toBe(now + 5000);
  now += 6000;
  expect((await journal.append('a', chunk('b\n'))).received).toBe(now);
  await journal.close();
});

test('received never decreases, though the clock does, also after a restart', async () => {
  const journal = await open();
  const first = await journal.append('a', chunk('1\n'));
  now -= 5000;
  const second = await journal.append('a', chunk('2\n'));
  expect([first.received, second.received]).toEqual([1_700_000_000_000, 1_700_000_000_000]);
  await journal.close();
  const again = await open();
  expect((await again.append('a', chunk('3\n'))).received).toBe(1_700_000_000_000);
  await again.close();
});

test('it tells until when all is done, and nothing comes later that was received before', async () => {
  const journal = await open();
  const start = now;
  expect(journal.doneUntil()).toBe(start);
  now += 1000;
  const writing = journal.append('a', chunk('1\n'));
  now += 1000;
  expect(journal.doneUntil()).toBe(start + 1000);
  const { segment, received } = await writing;
  expect([received, journal.doneUntil()]).toEqual([start + 1000, start + 1000]);
  await journal.close();
  const again = await open();
  now += 1000;
  expect(again.doneUntil()).toBe(start + 1000);
  await again.remove(segment);
  expect(again.doneUntil()).toBe(start + 3000);
  now = start;
  expect((await again.append('a', chunk('2\n'))).received).toBe(start + 3000);
  await again.close();
});

test('a chunk is settled before its append resolves; appends at the same time share a write', async () => {
  const journal = await open();
  const order: string[] = [];
  const appends = Array.from({ length: 500 }, async (_, n) => {
    await journal.append('a', chunk(`${n}\n`, { settled: () => order.push(`settled ${n}`) }));
    order.push(`resolved ${n}`);
  });
  await Promise.all(appends);
  expect(order.indexOf('settled 7')).toBeLessThan(order.indexOf('resolved 7'));
  await journal.close();
  expect(batches(await all(journal)).map(textOf)).toEqual(Array.from({ length: 500 }, (_, n) => `${n}\n`));
});

test('a segment is sealed when it is large', async () => {
  const journal = await open({ segmentBytes: 10, segmentMs: 60_000 });
  for (let n = 0; n < 6; n++) await journal.append('a', chunk('12345\n'));
  await journal.close();
  const steps = (await all(journal)).map((entry) =>
    entry.kind === 'batch' ? entry.batch.id : `sealed ${entry.batches}`,
  );
  const segments = ['00000001', '00000002', '00000003'];
  expect(steps).toEqual(segments.flatMap((segment) => [`${segment}-0000`, `${segment}-0001`, 'sealed 2']));
});

test('a segment is sealed when it is old', async () => {
  const journal = await open({ segmentMs: 30 });
  const entries = journal.entries()[Symbol.asyncIterator]();
  await journal.append('a', chunk('1\n'));
  expect((await entries.next()).value).toMatchObject({ kind: 'batch' });
  expect((await entries.next()).value).toMatchObject({ kind: 'sealed', segment: 1, batches: 1 });
  expect((await journal.append('a', chunk('2\n'))).id).toBe('00000002-0000');
  await journal.close();
});

test('a segment number is never used again, though all segments were removed', async () => {
  for (const [run, expected] of [1, 257, 513].entries()) {
    const journal = await open();
    expect((await journal.append('a', chunk('1\n'))).segment, `run ${run}`).toBe(expected);
    await journal.close();
    await journal.remove(expected);
    expect(segmentFiles()).toEqual([]);
  }
  const known = await open({ used: 9000 });
  expect((await known.append('a', chunk('1\n'))).segment).toBe(9001);
  await known.close();
});

test('a counter that is no number is an error that says which file', async () => {
  await (await open()).close();
  writeFileSync(join(dir, 'next-segment'), 'rubbish');
  await expect(open()).rejects.toThrow(/next-segment: expected 8 hex digits/);
});

test('a restart finds the same batches, and where sources had read to', async () => {
  const journal = await open();
  await journal.append('a', chunk('one\n', { position: { key: 'f', value: 4 } }));
  await journal.append('a', chunk('x', { oversized: { length: 99, limit: 10 }, file: '/f' }));
  const again = await open();
  expect(again.positions('a')).toEqual(new Map([['f', 4]]));
  expect(again.positions('b')).toEqual(new Map());
  await again.close();
  const entries = await all(again);
  expect(batches(entries).map((batch) => [batch.id, textOf(batch), batch.oversized, batch.received])).toEqual([
    ['00000001-0000', 'one\n', undefined, now],
    ['00000001-0001', 'x', { length: 99, limit: 10 }, now],
  ]);
  expect(entries.at(-1)).toMatchObject({ kind: 'sealed', segment: 1, batches: 2 });
  await again.remove(1);
  expect(again.pendingBytes()).toBe(0);
  expect(segmentFiles()).toEqual([]);
});

test('a file that is cut anywhere in the last frame gives the frames before it', async () => {
  const journal = await open({ segmentMs: 60_000 });
  await journal.append('a', chunk('one\n'));
  const [path = ''] = segmentFiles();
  const good = readFileSync(path).length;
  await journal.append('a', chunk('two\n', { position: { key: 'f', value: 4 } }));
  const whole = readFileSync(path);
  for (let length = good; length < whole.length; length++) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    expect(batches(await found()).map(textOf), `cut at ${length}`).toEqual(['one\n']);
    expect(readFileSync(path).length).toBe(good);
  }
  writeFileSync(path, whole);
  expect(batches(await found()).map(textOf)).toEqual(['one\n', 'two\n']);
  for (let length = 0; length < 16; length++) {
    writeFileSync(path, whole.subarray(0, length));
    expect(await found()).toEqual([]);
  }
});

test('a flipped byte loses one batch, with a reason, and no other', async () => {
  const journal = await open({ segmentMs: 60_000 });
  const ends: number[] = [];
  for (const word of ['one\n', 'two\n', 'three\n']) {
    await journal.append('a', chunk(word));
    ends.push(readFileSync(segmentFiles()[0] ?? '').length);
  }
  const [path = ''] = segmentFiles();
  const whole = readFileSync(path);
  for (let at = ends[0] ?? 0; at < (ends[1] ?? 0); at++) {
    const bad = Buffer.from(whole);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    writeFileSync(path, bad);
    const again = batches(await found());
    expect(
      again.map((batch) => [batch.id, textOf(batch)]),
      `byte ${at}`,
    ).toEqual([
      ['00000001-0000', 'one\n'],
      ['00000001-0001', ''],
      ['00000001-0002', 'three\n'],
    ]);
    expect(again[1]?.lost).toMatch(/damaged on disk/);
  }
  for (let at = ends[1] ?? 0; at < whole.length; at++) {
    const bad = Buffer.from(whole);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    writeFileSync(path, bad);
    expect(batches(await found()).map(textOf), `byte ${at}`).toEqual(['one\n', 'two\n']);
  }
});

test('in a sealed segment a damaged last batch is lost with a reason, not cut as torn; the file is kept', async () => {
  const journal = await open();
  await journal.append('a', chunk('one\n'));
  await journal.append('a', chunk('two\n'));
  await journal.close();
  const [path = ''] = segmentFiles();
  const file = readFileSync(path);
  file[file.indexOf('two')] = 0x20;
  writeFileSync(path, file);
  const again = await open();
  await again.close();
  const entries = await all(again);
  expect(batches(entries).map((batch) => batch.lost === undefined)).toEqual([true, false]);
  expect(entries.at(-1)).toMatchObject({ batches: 2 });
  await again.remove(1);
  expect(readdirSync(dir)).toContain('00000001.log.damaged');
});

test('a record that looks like a frame of the journal is a record', async () => {
  const journal = await open();
  await journal.append('a', chunk('first\n'));
  const forged = readFileSync(segmentFiles()[0] ?? '').toString('latin1');
  await journal.append('a', { bytes: new Uint8Array(Buffer.from(forged, 'latin1')) });
  await journal.close();
  expect(batches(await found())).toHaveLength(2);
});

test('append waits while too much is pending, and goes on when a segment is removed', async () => {
  const journal = await open({ maxPendingBytes: 3000, segmentBytes: 1000, segmentMs: 20 });
  const big = 'x'.repeat(1500);
  const first = await journal.append('a', chunk(big));
  let isDone = false;
  const second = journal.append('a', chunk(big)).then(() => (isDone = true));
  await wait(60);
  expect(isDone).toBe(false);
  await journal.remove(first.segment);
  await second;
  await journal.close();
});

test('a chunk over all limits is taken when nothing else is pending', async () => {
  const journal = await open({ maxPendingBytes: 10, segmentBytes: 10 });
  expect((await journal.append('a', chunk('x'.repeat(1000)))).id).toBe('00000001-0000');
  await journal.close();
});

test('a large chunk of a file is kept as a reference and read again, also under another name', async () => {
  const log = join(folder, 'app.log');
  const content = 'a line of a log\n'.repeat(10_000);
  writeFileSync(log, `skipped\n${content}`);
  const journal = await open();
  await journal.append('a', chunk(content, { file: log, reference: { path: log, offset: 8 } }));
  await journal.close();
  expect(readFileSync(segmentFiles()[0] ?? '').length).toBeLessThan(600);
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'new\n');
  expect(batches(await found()).map(textOf)).toEqual([content]);
  writeFileSync(`${log}.1`, `skipped\n${content.replace('line', 'lime')}`);
  const [lost] = batches(await found());
  expect(lost?.bytes.length).toBe(0);
  expect(lost?.lost).toBe(`cannot read bytes 8 to 160008 of ${log} again: the file is shorter than it was`);
});

test('a batch has an ArrayBuffer of its own after a restart', async () => {
  const journal = await open();
  await journal.append('a', chunk('one\n'));
  const [batch] = batches(await found());
  expect(batch?.bytes.buffer.byteLength).toBe(4);
  await journal.close();
});

const canMount = ((): boolean => {
  const probe = mkdtempSync(join(tmpdir(), 'journal-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true });
  }
})();

test.skipIf(!canMount)(
  'a full disk refuses appends and takes them again later (skipped where nothing can be mounted)',
  async () => {
    const small = join(folder, 'small');
    execFileSync('mkdir', [small]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', small]);
    try {
      dir = join(small, 'journal');
      const journal = await open({ segmentMs: 60_000 });
      await journal.append('a', chunk('kept\n'));
      let told: Error | undefined;
      const large = chunk('x'.repeat(300_000), { settled: (error) => (told = error) });
      await expect(journal.append('a', large)).rejects.toThrow(`the disk of ${dir} is full`);
      expect(told?.message).toBe(`the disk of ${dir} is full`);
      const together = [chunk('alone\n'), chunk('with a large one\n'), large].map((one) => journal.append('a', one));
      const outcomes = (await Promise.allSettled(together)).map(({ status }) => status);
      expect(outcomes).toEqual(['fulfilled', 'rejected', 'rejected']);
      expect(batches(await found()).map(textOf)).toEqual(['kept\n', 'alone\n']);
      await journal.append('a', chunk('after\n'));
      await journal.close();
      const taken = ['kept\n', 'alone\n', 'after\n'];
      expect(batches(await all(journal)).map(textOf)).toEqual(taken);
      expect(batches(await found()).map(textOf)).toEqual(taken);
    } finally {
      execFileSync('umount', [small]);
    }
  },
);
