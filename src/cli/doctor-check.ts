// The checks of `tocsin doctor`, one after the other. None changes anything that stays.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Config, loadConfig } from '../config.ts';
import { formatProblem } from '../core/problem.ts';
import { describeHolder, findHolder, type Holder } from '../lock.ts';
import { parseListen } from '../source/listen.ts';
import { findRunning } from './backend.ts';
import type { Cli } from './command.ts';
import { formatBytes, plural, printableMessage } from './format.ts';

export type CheckState = 'ok' | 'warn' | 'fail';

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

const gigabyte = 1e9;
const shownProblems = 20;

export async function* runChecks(cli: Cli): AsyncGenerator<Check> {
  yield checkNode();
  yield checkMemory();
  const { config, problems } = await loadConfig(cli.workspace, { env: cli.env });
  yield problems.length === 0
    ? { name: 'config', state: 'ok', message: `${config.workspace}: ${plural(config.sources.length, 'source')}` }
    : {
        name: 'config',
        state: 'fail',
        message: plural(problems.length, 'problem'),
        hint: shortList(problems.map(formatProblem)),
      };
  yield await checkFolder(config);
  yield await checkDisk(config);
  yield await checkPython(config);
  yield await checkContent(cli, config);
  const holder = await findHolder(config.data);
  yield await checkStores(cli, config, holder);
  if (holder !== undefined) {
    yield await checkSchedules(config);
    return;
  }
  yield await checkPort('API', config.listen.host, config.listen.port);
  for (const source of config.sources.filter(({ enabled }) => enabled)) {
    const { listen } = source.settings;
    const place = typeof listen === 'string' ? parseListen(listen) : undefined;
    if (place !== undefined) yield await checkPort(`source ${source.id}`, place.host, place.port);
  }
}

function checkNode(): Check {
  const { node } = process.versions;
  return { name: 'node', state: 'ok', message: `${node} (${process.execPath})` };
}

function checkMemory(): Check {
  const limit = process.constrainedMemory();
  const bytes = limit > 0 && limit < totalmem() ? limit : totalmem();
  const message = `${formatBytes(bytes)}${bytes < totalmem() ? ' by a limit on this process' : ''}`;
  return bytes < 1.5 * gigabyte
    ? { name: 'memory', state: 'warn', message, hint: 'the embedded stores and the rules want 1.5 GB together' }
    : { name: 'memory', state: 'ok', message };
}

async function checkFolder(config: Config): Promise<Check> {
  const probe = join(config.data, `.doctor-${process.pid}`);
  const existed = existsSync(config.data);
  try {
    await mkdir(config.data, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'x', { flush: true });
    await rm(probe);
    if (!existed) await rm(config.data, { recursive: true });
    return { name: 'data folder', state: 'ok', message: `${config.data} can be written` };
  } catch (error) {
    return {
      name: 'data folder',
      state: 'fail',
      message: `${config.data}: ${printableMessage(error)}`,
      hint: 'give this user the right to write there, or set `data:` in tocsin.yml',
    };
  }
}

async function checkDisk(config: Config): Promise<Check> {
  let folder = config.data;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const { bavail, blocks, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const message = `${formatBytes(free)} of ${formatBytes(blocks * bsize)} free for ${config.data}`;
  if (free >= 2 * gigabyte) return { name: 'disk', state: 'ok', message };
  const hint = 'free some, or shorten `retention:` in tocsin.yml';
  return { name: 'disk', state: free < gigabyte / 5 ? 'fail' : 'warn', message, hint };
}

const run = promisify(execFile);

async function checkPython(config: Config): Promise<Check> {
  const version = await run('python3', ['-I', '-c', 'import sys; print(sys.version.split()[0])'], { timeout: 5000 })
    .then(({ stdout }) => stdout.trim())
    .catch(() => undefined);
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const isNewEnough = major > 3 || (major === 3 && minor >= 11);
  const hasWall = await run('bwrap', ['--ro-bind', '/', '/', '--unshare-all', 'true'], { timeout: 5000 })
    .then(() => true)
    .catch(() => false);
  const found = version === undefined ? 'no python3' : `python3 ${version}`;
  if (config.python !== 'pyodide' && isNewEnough && hasWall) {
    return { name: 'python', state: 'ok', message: `${found} behind bwrap runs the Python rules` };
  }
  const why = [
    ...(isNewEnough ? [] : [`${found} (3.11 is needed)`]),
    ...(hasWall ? [] : ['bwrap does not work here']),
    ...(config.python === 'pyodide' ? ['python: pyodide is set'] : []),
  ].join(', ');
  if (config.python === 'cpython') {
    return {
      name: 'python',
      state: 'fail',
      message: why,
      hint: 'install python3 and bubblewrap, or set `python: auto`',
    };
  }
  return {
    name: 'python',
    state: config.python === 'pyodide' ? 'ok' : 'warn',
    message: `Pyodide runs the Python rules: ${why}`,
    ...(config.python === 'auto' && { hint: 'with python3 3.11 and bubblewrap they run faster' }),
  };
}

async function checkContent(cli: Cli, config: Config): Promise<Check> {
  try {
    const { schemas, detections, problems } = await cli.program.loadContent(config, { python: true });
    const message = `${plural(schemas.length, 'schema')}, ${plural(detections.length, 'detection')}`;
    const known = new Set(schemas.map((schema) => schema.name));
    const missing = config.sources
      .filter((source) => source.enabled)
      .flatMap(({ id, schemas: wanted }) =>
        wanted.filter((name) => !known.has(name)).map((name) => `source ${id}: there is no schema ${name}`),
      );
    if (problems.length + missing.length === 0) return { name: 'content', state: 'ok', message };
    return {
      name: 'content',
      state: missing.length > 0 ? 'fail' : 'warn',
      message: `${message}, ${plural(problems.length + missing.length, 'problem')}`,
      hint: shortList([...missing, ...problems.map(formatProblem)]),
    };
  } catch (error) {
    return { name: 'content', state: 'fail', message: printableMessage(error) };
  }
}

function shortList(lines: readonly string[]): string {
  const more = lines.length - shownProblems;
  return [...lines.slice(0, shownProblems), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

async function checkStores(cli: Cli, config: Config, holder: Holder | undefined): Promise<Check> {
  try {
    if (holder !== undefined) {
      const api = await findRunning(config);
      await api?.alerts.list({}, { limit: 1 });
      await api?.events.query('SELECT 1');
      return { name: 'stores', state: 'ok', message: `${describeHolder(config.data, holder)}, and answers` };
    }
    const app = await cli.program.open(config, cli.warn);
    try {
      await app.events.query('SELECT 1');
      await app.alerts.list({}, { limit: 1 });
    } finally {
      await app.stop();
    }
    const { events, alerts } = config.stores;
    return { name: 'stores', state: 'ok', message: `events ${where(events?.url)}, alerts ${where(alerts?.url)}` };
  } catch (error) {
    return { name: 'stores', state: 'fail', message: printableMessage(error) };
  }
}

/** What the running program has by the clock. */
async function checkSchedules(config: Config): Promise<Check> {
  const name = 'schedules';
  try {
    const all = (await (await findRunning(config))?.schedules.status()) ?? [];
    const hints = all.flatMap(({ id, failures, gaps }) => [
      ...(failures > 0 ? [`${id}: its last ${plural(failures, 'run')} failed: GET /api/v1/schedules says why`] : []),
      ...(gaps > 0 ? [`${id}: ${plural(gaps, 'gap')}: tocsin queries backfill ${id}`] : []),
    ]);
    const message = all.length === 0 ? 'nothing runs by the clock' : `${all.length} run by the clock`;
    return hints.length === 0
      ? { name, state: 'ok', message }
      : { name, state: 'warn', message, hint: shortList(hints) };
  } catch (error) {
    return { name, state: 'fail', message: printableMessage(error) };
  }
}

function where(url: string | undefined): string {
  return url === undefined ? 'embedded' : 'on a server';
}

async function checkPort(name: string, host: string, port: number): Promise<Check> {
  const message = `${host}:${port}`;
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    server.close();
    return { name, state: 'ok', message: `${message} is free` };
  } catch (error) {
    const hint = 'stop what listens there, or choose another port in tocsin.yml';
    return { name, state: 'fail', message: `${message}: ${printableMessage(error)}`, hint };
  }
}
