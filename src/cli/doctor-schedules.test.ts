import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ScheduleStatus } from '../core/schedule-store.ts';
import { takeLock } from '../lock.ts';
import { createFakeApp } from '../server/fake-app.suite.ts';
import { startServer } from '../server/server.ts';
import { runCaptured } from './run-captured.suite.ts';

const good: ScheduleStatus = {
  id: 'Custom.Scan',
  schedule: { everyMs: 60_000, timezone: 'UTC', lagMs: 0, timeoutMs: 1000, catchupMs: 1000 },
  cursor: 0,
  due: 0,
  wanted: 0,
  failures: 0,
  gaps: 0,
  lateMs: 0,
};

const loadContent = async () => ({ schemas: [], detections: [], problems: [] });

/** What `tocsin doctor` says of the schedules of a running program. */
async function doctor(...schedules: readonly ScheduleStatus[]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'tocsin.yml'), 'name: x\n');
  const app = createFakeApp();
  const server = await startServer(
    { ...app, schedules: { ...app.schedules, status: async () => schedules } },
    { port: 0 },
  );
  const lock = await takeLock(join(folder, '.tocsin'));
  await lock.tell({ address: server.address, key: 'tocsin_admin' });
  const { stdout } = await runCaptured(['doctor', '--json'], { cwd: folder, program: { loadContent } });
  await lock.release();
  await server.close();
  const checks: { readonly name: string }[] = JSON.parse(stdout);
  return checks.find(({ name }) => name === 'schedules');
}

test('schedules of the running program that fail or have gaps are told, with what to do', async () => {
  expect(await doctor()).toEqual({ name: 'schedules', state: 'ok', message: 'nothing runs by the clock' });
  expect(await doctor(good)).toEqual({ name: 'schedules', state: 'ok', message: '1 run by the clock' });
  expect(await doctor({ ...good, gaps: 2 }, { ...good, id: 'Custom.Slow', failures: 3 })).toEqual({
    name: 'schedules',
    state: 'warn',
    message: '2 run by the clock',
    hint: `Custom.Scan: 2 gaps: tocsin queries backfill Custom.Scan
Custom.Slow: its last 3 runs failed: GET /api/v1/schedules says why`,
  });
});
