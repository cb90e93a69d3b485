// `npm start`, as a newcomer runs it: alerts soon, a clean end on Ctrl-C, and the same again.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { until } from '../program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** There while a process holds the data folder, and after a crash. */
const holder = join(root, 'demo/.tocsin/holder.json');
let child: ChildProcess | undefined;

/** A group of its own, as a terminal's: Ctrl-C goes to the command and to what it started. */
function start(command: string, words: readonly string[]) {
  const started = spawn(command, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child = started;
  const output = { stdout: '', stderr: '' };
  started.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  started.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<number | null>((resolve) => started.once('close', resolve));
  return { output, ended, interrupt: () => process.kill(-(started.pid ?? 0), 'SIGINT') };
}

afterEach(() => {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
});

/** Without a terminal each alert is a line: time, severity, title, detection. */
function alertsIn(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => / (?:INFO|LOW|MEDIUM|HIGH|CRITICAL) .+ \(\S+\)$/.test(line));
}

async function seeAlerts({ output }: ReturnType<typeof start>): Promise<void> {
  const titles = await until('three alerts, one of the FTP daemon', () => {
    if (child?.exitCode !== null) throw new Error('it ended');
    const found = alertsIn(output.stdout);
    return found.length >= 3 && found.some((line) => line.includes('Unexpected Port Opened: 21')) && found;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${output.stdout}\n${output.stderr}`);
  });
  await until('events are counted', () => /[1-9]\S* events \(/.test(output.stdout));
  const ftp = titles.filter((line) => line.includes('Unexpected Port Opened: 21'));
  expect(ftp).toEqual([expect.stringContaining(' HIGH Unexpected Port Opened: 21 (Custom.Netstat.UnexpectedPort)')]);
  expect(titles.filter((line) => /\(only|Local/.test(line))).toEqual([]);
  expect(output.stderr).toMatch(/^API at http:/m);
}

test('npm start shows events and at least three alerts, ends clean on Ctrl-C and starts again at once', async () => {
  const first = start('npm', ['start']);
  await seeAlerts(first);
  expect(existsSync(holder)).toBe(true);
  first.interrupt();
  // npm ends by the signal whatever the program says; the program let go of its folder.
  await first.ended;
  await until('the program ended, too', () => !existsSync(holder));
  expect(first.output.stderr).not.toMatch(/mistake in tocsin|\n\s+at /);

  const second = start(process.execPath, ['src/main.ts', 'demo']);
  await seeAlerts(second);
  second.interrupt();
  expect(await second.ended).toBe(0);
  expect(existsSync(holder)).toBe(false);
  expect(second.output.stderr).not.toMatch(/mistake in tocsin|\n\s+at /);
});
