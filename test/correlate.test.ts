// Correlations of the running program: soon after the signals came, once, over a restart, and what exceptions leave out.

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  alertsOf,
  makeWorkspace,
  type Program,
  push,
  startProgram,
  startTimeoutMs,
  until,
  type Workspace,
} from './program.ts';

let workspace: Workspace;
let program: Program;
let seconds = 0;

beforeAll(async () => {
  workspace = await makeWorkspace({
    'tocsin.yml': `listen: 127.0.0.1:0
sources:
  - {id: auth, type: http, schemas: [Linux.Auth]}
packs: [logins]
`,
  });
  program = await startProgram(workspace);
}, startTimeoutMs);
afterAll(async () => {
  await program?.stop();
  await workspace?.remove();
});

async function fail(times: number, address: string): Promise<void> {
  const lines = Array.from({ length: times }, () => {
    const time = new Date(Date.parse('2026-03-04T07:00:00Z') + seconds++ * 1000).toISOString();
    return `${time} web1 sshd[7]: Failed password for root from ${address} port 40100 ssh2\n`;
  });
  await push(program, 'auth', lines.join(''));
}

const bruteForce = async () =>
  (await alertsOf(program)).filter(({ detection }) => detection === 'Tocsin.Login.BruteForce');

test('what came in pieces is counted together, over a restart too', { timeout: startTimeoutMs }, async () => {
  await fail(12, '203.0.113.9');
  await until('the first signals are looked at', async () => {
    const [row] = await program.query(
      "SELECT count() AS signals FROM signals WHERE detection_id = 'Tocsin.Login.Failed'",
    );
    return Number(row?.['signals']) === 12;
  });
  await program.stop();
  program = await startProgram(workspace);
  await fail(8, '203.0.113.9');
  const alerts = await until('the alert', async () => {
    const found = await bruteForce();
    return found.length > 0 ? found : undefined;
  });
  expect(alerts).toMatchObject([
    { title: 'Brute force from 203.0.113.9: 20 failed logins', dedup: '203.0.113.9', severity: 'MEDIUM' },
  ]);
});

test('a late event is counted in the window of its time', { timeout: startTimeoutMs }, async () => {
  await fail(10, '203.0.113.20');
  seconds += 60;
  await fail(9, '203.0.113.20');
  seconds -= 40;
  await fail(1, '203.0.113.20');
  seconds += 3600;
  const alert = await until('the alert', async () =>
    (await bruteForce()).find(({ dedup }) => dedup === '203.0.113.20'),
  );
  expect(alert.title).toBe('Brute force from 203.0.113.20: 20 failed logins');
});

test('an exception leaves out its own and nothing else, and counts', { timeout: startTimeoutMs }, async () => {
  const added = await workspace.ask<{ id: string }>(
    'alerts',
    'exceptions',
    'add',
    'Tocsin.Login.BruteForce',
    '--when=source.ip=203.0.113.30',
    '--until=1d',
    '--reason=our own scanner',
    '--owner=soc',
  );
  await until('it holds', async () => {
    await fail(20, '203.0.113.30');
    await fail(20, `203.0.113.${100 + (seconds % 100)}`);
    seconds += 3600;
    const list = await workspace.ask<readonly { id: string; silenced: number }[]>('alerts', 'exceptions', 'list');
    return list.some(({ id, silenced }) => id === added.id && silenced > 0);
  });
  const alerts = await bruteForce();
  expect(alerts.filter(({ dedup }) => dedup === '203.0.113.30')).toEqual([]);
  expect(alerts.length).toBeGreaterThan(2);
});
