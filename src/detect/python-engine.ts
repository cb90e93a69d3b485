// Which Python runs the rules, and behind which wall: CPython inside bwrap, or Pyodide inside `node --permission`.
// Never bare CPython, and never Pyodide in our own process: neither is a sandbox by itself.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UserError } from '../core/problem.ts';
import { talkTo } from './python-process.ts';

export type EngineChoice = 'auto' | 'cpython' | 'pyodide';

export interface Engine {
  readonly name: 'cpython' | 'pyodide';
  /** For a person: which Python, and what keeps it from the rest of the machine. */
  readonly wall: string;
  /** Time until it takes its first request, at most. */
  readonly startMs: number;
  spawn(): ChildProcess;
}

const run = promisify(execFile);
const pythonFolder = fileURLToPath(new URL('../../python/', import.meta.url));

export async function chooseEngine(choice: EngineChoice, memoryBytes: number): Promise<Engine> {
  if (choice === 'pyodide') return pyodide(memoryBytes, '');
  const found = await cpython(memoryBytes);
  if (typeof found !== 'string') return found;
  if (choice === 'cpython') throw new UserError(`python: cpython is not possible: ${found}`);
  return pyodide(memoryBytes, ` (CPython is not possible: ${found})`);
}

const minimum = [3, 11] as const;
const about = `import json, sys, sysconfig
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable,
  "library": sysconfig.get_path("stdlib"), "platform": sysconfig.get_path("platstdlib")}))`;

/** The engine, or why there is none. */
export async function cpython(memoryBytes: number): Promise<Engine | string> {
  if (process.platform !== 'linux') return 'bwrap is there on Linux only';
  const options = { timeout: 10_000, env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' } };
  let python: { version: readonly number[]; executable: string; library: string; platform: string };
  try {
    python = JSON.parse((await run('python3', ['-I', '-S', '-c', about], options)).stdout);
  } catch {
    return 'python3 is not installed';
  }
  const [major = 0, minor = 0] = python.version;
  const version = python.version.join('.');
  if (major !== minimum[0] || minor < minimum[1]) return `python3 is ${version}, ${minimum.join('.')} is needed`;
  let executable: string;
  let libraries: readonly string[];
  try {
    executable = (await run('readlink', ['-f', python.executable], options)).stdout.trim();
    const modules = join(python.platform, 'lib-dynload');
    const loaded = existsSync(modules) ? readdirSync(modules).filter((name) => name.endsWith('.so')) : [];
    const { stdout } = await run('ldd', [executable, ...loaded.map((name) => join(modules, name))], options);
    libraries = [...new Set(stdout.match(/(?<=^\s+(?:\S+ => )?)\/\S+(?= \(0x)/gm) ?? [])];
  } catch {
    return 'ldd does not tell the libraries of python3';
  }
  const readable = [...new Set([executable, python.library, python.platform, ...libraries])];
  const zones = '/usr/share/zoneinfo';
  const wall = [
    ['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ['--setenv', 'PYTHONHASHSEED', '0', '--setenv', 'TZ', 'UTC'],
    readable.flatMap((path) => ['--ro-bind', path, path]),
    ['--ro-bind-try', zones, zones, '--ro-bind', pythonFolder, '/tocsin', '--chdir', '/', '--'],
  ].flat();
  // Not -I: it would ignore PYTHONHASHSEED, and titles made from sets would differ from run to run.
  const command = [executable, '-s', '-S', '-P', '-B', '/tocsin/tocsin_rules.py', String(memoryBytes)];
  const engine: Engine = {
    name: 'cpython',
    wall: `Python ${version} inside bwrap: no files of the machine, no network, no other programs, ${megabytes(memoryBytes)}.`,
    startMs: 10_000,
    spawn: () => spawn('bwrap', [...wall, ...command], { stdio: ['pipe', 'pipe', 'pipe'], env: options.env }),
  };
  const reason = await tryEngine(engine);
  return reason === undefined ? engine : `bwrap does not work here: ${reason}`;
}

export function pyodide(memoryBytes: number, reason: string): Engine {
  const folder = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'));
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const host = fileURLToPath(new URL(`./pyodide-host.${ending}`, import.meta.url));
  const thread = fileURLToPath(new URL(`./pyodide-thread.${ending}`, import.meta.url));
  const readable = [folder, host, thread, pythonFolder];
  const guardsNetwork = process.allowedNodeEnvironmentFlags.has('--allow-net');
  const network = guardsNetwork ? 'no network' : 'the network is not closed by this version of Node';
  return {
    name: 'pyodide',
    wall: `Pyodide inside node --permission: no files, no other programs, ${network}, ${megabytes(memoryBytes)}${reason}.`,
    startMs: 60_000,
    spawn: () =>
      spawn(
        process.execPath,
        [
          '--permission',
          '--allow-worker',
          ...readable.map((path) => `--allow-fs-read=${path}`),
          '--disable-warning=SecurityWarning',
          host,
          pythonFolder,
          String(memoryBytes),
        ],
        { stdio: ['pipe', 'pipe', 'pipe'], env: {}, cwd: folder },
      ),
  };
}

async function tryEngine(engine: Engine): Promise<string | undefined> {
  const limits = { silenceMs: engine.startMs, totalMs: engine.startMs };
  const child = talkTo(engine.spawn(), () => undefined);
  const answer = await child.ask(
    { m: 'load', limits: {}, modules: [], models: [], rules: [] },
    new Uint8Array(),
    limits,
  );
  child.kill();
  return answer.kind === 'dead' ? answer.reason : undefined;
}

function megabytes(bytes: number): string {
  return `at most ${Math.round(bytes / 2 ** 20)} MB`;
}
