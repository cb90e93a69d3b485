import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { findHolder, takeLock } from './lock.ts';

const root = await mkdtemp(join(tmpdir(), 'tocsin-lock-'));
afterAll(() => rm(root, { recursive: true, force: true }));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

let count = 0;
const newFolder = () => join(root, `data${count++}`);

/** Another process that takes the lock; gives its first line: 'taken' or the error. It stays until it is killed. */
async function other(folder: string): Promise<{ child: ChildProcess; said: string }> {
  const code = `
    import { takeLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
    try {
      await takeLock(${JSON.stringify(folder)}, { address: 'http://127.0.0.1:7780', key: 'k' });
      console.log('taken');
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(error.exitCode, error.message);
    }`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [bytes] = await once(child.stdout, 'data');
  return { child, said: String(bytes).trim() };
}

test('a second process is told who holds the folder', async () => {
  const folder = newFolder();
  const { child, said } = await other(folder);
  expect(said).toBe('taken');
  await expect(takeLock(folder)).rejects.toMatchObject({
    name: 'UserError',
    exitCode: 75,
    message: expect.stringMatching(
      new RegExp(
        `^another tocsin \\(pid ${child.pid}, since \\d\\d:\\d\\d\\) holds .*; its API is http://127.0.0.1:7780$`,
      ),
    ),
  });
  expect(await findHolder(folder)).toMatchObject({ pid: child.pid, address: 'http://127.0.0.1:7780', key: 'k' });
});

test('a killed process leaves no lock', async () => {
  const folder = newFolder();
  const { child } = await other(folder);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await findHolder(folder)).toBeUndefined();
  const lock = await takeLock(folder);
  await lock.release();
});

test('of eight processes that start together one has it', async () => {
  const folder = newFolder();
  const said = (await Promise.all(Array.from({ length: 8 }, () => other(folder)))).map((one) => one.said);
  expect(said.filter((line) => line === 'taken')).toHaveLength(1);
  expect(said.filter((line) => line.startsWith('75 another tocsin (pid '))).toHaveLength(7);
});

test('a folder is taken once in one process, and again after its release', async () => {
  const folder = newFolder();
  const lock = await takeLock(folder);
  await expect(takeLock(folder)).rejects.toThrow(`pid ${process.pid}`);
  await lock.release();
  await lock.release();
  const again = await takeLock(folder);
  await again.release();
});

test('the holder file is private and is told of later', async () => {
  const folder = newFolder();
  const lock = await takeLock(folder);
  await lock.tell({ address: 'http://127.0.0.1:1', key: 'secret' });
  expect((await stat(join(folder, 'holder.json'))).mode & 0o777).toBe(0o600);
  expect(await findHolder(folder)).toMatchObject({ pid: process.pid, address: 'http://127.0.0.1:1', key: 'secret' });
  await lock.release();
  expect(await findHolder(folder)).toBeUndefined();
});

test('a process number that another program has now is no holder', async () => {
  const folder = newFolder();
  const lock = await takeLock(folder);
  const file = join(folder, 'holder.json');
  const holder = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...holder, processStart: '1' }));
  expect(await findHolder(folder)).toBeUndefined();
  for (const broken of ['', '{', '[]', 'null', '{"pid":"1"}']) {
    await writeFile(file, broken);
    expect(await findHolder(folder)).toBeUndefined();
  }
  await lock.release();
});

test('a folder that cannot be made is a sentence', async () => {
  const file = join(root, 'a-file');
  await writeFile(file, '');
  await expect(takeLock(join(file, 'data'))).rejects.toThrow(/^cannot make the data folder .*ENOTDIR/);
});
