// Correlations of the running program: soon after the signals came, once, over a restart, and what exceptions leave out.

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AlertAnswer,
  alertsOf,
  makeWorkspace,
  type Program,
  push,
  startProgram,
  startTimeoutMs,
  until,
  type Workspace,
} from '../program.ts';

let workspace: Workspace;
let program: Program;
let seconds = 0;

beforeAll(async () => {
  workspace = await makeWorkspace({
    'tocsin.yml': `listen: 127.0.0.1:0
sources:
  - {id: auth, type: http, schemas: [Linux.Auth]}
  - {id: windows, type: http, schemas: [Windows.EventLogs]}
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

test('failures on Linux and on Windows are counted together', { timeout: startTimeoutMs }, async () => {
  await fail(10, '203.0.113.40');
  const events = Array.from({ length: 10 }, () => ({
    EventID: 4625,
    Channel: 'Security',
    Hostname: 'minerva',
    TimeCreated: new Date(Date.parse('2026-03-04T07:00:00Z') + seconds++ * 1000).toISOString(),
    TargetUserName: 'gennaro',
    IpAddress: '203.0.113.40',
    LogonType: 3,
  }));
  await push(program, 'windows', events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  seconds += 3600;
  const alert = await until('the alert', async () =>
    (await bruteForce()).find(({ dedup }) => dedup === '203.0.113.40'),
  );
  expect(alert.title).toBe('Brute force from 203.0.113.40: 20 failed logins');
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
  const silenced = async (): Promise<number> => {
    const list = await workspace.ask<readonly { id: string; silenced: number }[]>('alerts', 'exceptions', 'list');
    return list.find(({ id }) => id === added.id)?.silenced ?? 0;
  };
  const again = async (): Promise<void> => {
    seconds += 3600;
    await fail(20, '203.0.113.30');
  };
  await until('it holds', async () => {
    await again();
    return (await silenced()) > 0;
  });
  const before = [await silenced(), ofScanner(await bruteForce())];
  await again();
  await fail(20, '203.0.113.31');
  await until('the other', async () => (await bruteForce()).some(({ dedup }) => dedup === '203.0.113.31'));
  await until('one more', async () => (await silenced()) > Number(before[0]));
  expect(ofScanner(await bruteForce())).toEqual(before[1]);
});

/** Before the exception held there may have been one. */
function ofScanner(alerts: readonly AlertAnswer[]): readonly number[] {
  return alerts.filter(({ dedup }) => dedup === '203.0.113.30').map(({ count }) => count);
}
