// For black-box tests: the real program as child processes in a workspace of its own, reached only through its doors:
// command line, API, sockets, files, signals. It imports nothing of the program but what makes an empty database quickly.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryDatabaseFolder } from '../src/store/postgres/temporary-database.suite.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** For `beforeAll` hooks and tests that start the program: a first database takes long on a busy machine. */
export const startTimeoutMs = 180_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workspace {
  readonly folder: string;
  /** Path of a file in it. */
  at(path: string): string;
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** `tocsin <words>` in it, to its end. */
  tocsin(...words: readonly string[]): Promise<Ended>;
  /** `tocsin <words> --json`; throws where it does not end with 0. */
  ask<T>(...words: readonly string[]): Promise<T>;
  remove(): Promise<void>;
}

/** A folder with these files and an empty data folder, which spares the seconds that making a database takes. */
export async function makeWorkspace(files: Readonly<Record<string, string>>): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-workspace-'));
  await mkdir(join(folder, '.tocsin'), { mode: 0o700 });
  await rename(await temporaryDatabaseFolder(), join(folder, '.tocsin', 'alerts'));
  const workspace: Workspace = {
    folder,
    at: (path) => join(folder, path),
    async write(path, content) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    },
    tocsin: (...words) => runToEnd(launch(folder, words)),
    async ask<T>(...words: readonly string[]) {
      const { code, stdout, stderr } = await workspace.tocsin(...words, '--json');
      if (code !== 0) throw new Error(`tocsin ${words.join(' ')} ended with ${code}: ${stderr}`);
      const answer: T = JSON.parse(stdout);
      return answer;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(files)) await workspace.write(path, text);
  return workspace;
}

export interface Program {
  readonly pid: number;
  readonly address: string;
  /** What it has said so far. */
  stdout(): string;
  stderr(): string;
  api(path: string, options?: ApiOptions): Promise<Response>;
  /** The answer's JSON; throws where it is not 2xx. */
  ask<T>(path: string, options?: ApiOptions): Promise<T>;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Gives the exit code; null: it was killed by the signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ApiOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** Of workspaces that were started before: the admin key is shown at the first start alone. */
const keys = new Map<string, string>();

/** Starts `tocsin run` and waits until its API answers. */
export async function startProgram({ folder }: Pick<Workspace, 'folder'>): Promise<Program> {
  return startWith(folder, ['run']);
}

/** Starts a command that has an API, `run` or `demo`. */
export async function startWith(folder: string, words: readonly string[]): Promise<Program> {
  const child = launch(folder, words);
  const { output, ended } = listen(child);
  const address = await until('the API listens', () => {
    if (child.exitCode !== null) throw new Error(`tocsin ended with ${child.exitCode}: ${output.stderr}`);
    return /^API at (\S+)\n/m.exec(output.stderr)?.[1];
  });
  const first = /^admin API key, shown this once: (\S+)\n/m.exec(output.stderr)?.[1];
  if (first !== undefined) keys.set(folder, first);
  const key = keys.get(folder) ?? '';
  const program: Program = {
    pid: child.pid ?? 0,
    address,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    api: (path, { headers, ...options } = {}) =>
      fetch(`${address}${path}`, { ...options, headers: { authorization: `Bearer ${key}`, ...headers } }),
    async ask<T>(path: string, options?: ApiOptions) {
      const response = await program.api(path, options);
      const text = await response.text();
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
      const answer: T = JSON.parse(text);
      return answer;
    },
    async query(sql) {
      const { rows } = await program.ask<{ rows: readonly Readonly<Record<string, unknown>>[] }>('/api/v1/query', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql }),
      });
      return rows;
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
  return program;
}

export interface AlertAnswer {
  readonly id: string;
  readonly kind: string;
  readonly detection: string;
  readonly title: string;
  readonly dedup: string;
  readonly severity: string;
  readonly status: string;
  readonly count: number;
  readonly deliveries: readonly { readonly destination: string; readonly state: string; readonly message: string }[];
}

export async function alertsOf(program: Program): Promise<readonly AlertAnswer[]> {
  return (await program.ask<{ items: readonly AlertAnswer[] }>('/api/v1/alerts?limit=200')).items;
}

export interface SourceAnswer {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  readonly events: number;
  readonly dropped: number;
  readonly deadLetters: number;
}

export async function sourceOf(program: Program, id: string): Promise<SourceAnswer> {
  const { items } = await program.ask<{ items: readonly SourceAnswer[] }>('/api/v1/sources');
  const found = items.find((source) => source.id === id);
  if (found === undefined) throw new Error(`there is no source ${id}`);
  return found;
}

/** Port that a tcp source with `listen: 127.0.0.1:0` got. */
export async function portOf(program: Program, id: string): Promise<number> {
  return until(`source ${id} listens`, async () => {
    const { message } = await sourceOf(program, id);
    const port = /listening on \S+:(\d+)/.exec(message)?.[1];
    return port === undefined ? undefined : Number(port);
  });
}

/** Sends records to an http source as curl would. */
export async function push(
  program: Program,
  source: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return program.api(`/api/v1/ingest/${source}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
}

/** Asks until there is an answer other than undefined or false. The bound is for what never comes. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  boundMs = 120_000,
): Promise<T> {
  const started = Date.now();
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() - started > boundMs) throw new Error(`waited ${boundMs} ms in vain: ${what}`);
    await sleep(50);
  }
}

function launch(folder: string, words: readonly string[]): ChildProcess {
  // No colours, no CI, no workspace of whoever runs the tests.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] };
  const child = spawn(process.execPath, [main, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** A test that fails must not leave its program behind. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

function listen(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { output, ended };
}

async function runToEnd(child: ChildProcess): Promise<Ended> {
  const { output, ended } = listen(child);
  const code = await ended;
  return { code, ...output };
}
