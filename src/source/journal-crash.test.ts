import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from './journal.ts';

/** Appends numbers, several at once, and says each that was acknowledged; removes nothing. */
const program = `
  import { openJournal } from ${JSON.stringify(new URL('./journal.ts', import.meta.url).href)};
  const [dir, first] = process.argv.slice(-2);
  const journal = await openJournal(dir, { clock: { now: Date.now }, warn: () => undefined, segmentBytes: 20000 });
  let next = Number(first);
  const lane = async () => {
    for (;;) {
      const n = next++;
      await journal.append('a', { bytes: new Uint8Array(Buffer.from(n + '\\n')), position: { key: 'k', value: n } });
      process.stdout.write(n + '\\n');
    }
  };
  for (let i = 0; i < 8; i++) lane();
`;

async function appendUntilKilled(dir: string, first: number, ms: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dir, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), ms);
    output += data;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

test('kill -9 at any time: every acknowledged chunk is there once, and ids are unique', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'journal-crash-'));
  try {
    const acknowledged: number[] = [];
    for (const [run, ms] of [3, 41, 120].entries()) {
      acknowledged.push(...(await appendUntilKilled(dir, run * 1_000_000, ms)));
    }
    const journal = await openJournal(dir, { clock: { now: () => 0 }, warn: () => undefined });
    const numbers: number[] = [];
    const ids: string[] = [];
    await journal.close();
    for await (const entry of journal.entries()) {
      if (entry.kind === 'sealed') continue;
      numbers.push(Number(Buffer.from(entry.batch.bytes).toString()));
      ids.push(entry.batch.id);
    }
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(new Set(numbers).size).toBe(numbers.length);
    const there = new Set(numbers);
    expect(acknowledged.filter((number) => !there.has(number))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(ids.toSorted());
  } finally {
    rmSync(dir, { recursive: true });
  }
});
