// A correlation of the workspace's own in the running program: a window that begins anew after each firing, over runs and a
// restart, for signals that lack the group's field, with a title that tells of its rule.

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
} from '../program.ts';

let workspace: Workspace;
let program: Program;
let number = 0;

beforeAll(async () => {
  workspace = await makeWorkspace({
    'tocsin.yml': 'listen: 127.0.0.1:0\nsources:\n  - {id: app, type: http, schemas: [Custom.App]}\n',
    'schemas/app.yml': `schema: Custom.App
fields:
  - {name: time, type: timestamp, timeFormats: [rfc3339], isEventTime: true, required: true}
  - {name: n, type: int, required: true}
  - {name: ip, type: string}
`,
    'rules/hit.yml': `title: Hit
id: Custom.Hit
name: hit
logsource: {service: Custom.App}
detection: {s: {n|gte: 0}, condition: s}
level: informational
`,
    'correlations/three.yml': `title: Three hits
id: Custom.Three
correlation: {type: event_count, rules: [hit], group-by: [ip], timespan: 1h, condition: {gte: 3}}
siem:
  missing: group
  on_fire: reset
  alert: {title: 'Hits up to {{rules.hit.n}}'}
`,
  });
  program = await startProgram(workspace);
}, startTimeoutMs);
afterAll(async () => {
  await program?.stop();
  await workspace?.remove();
});

async function hit(times: number): Promise<void> {
  const lines = Array.from({ length: times }, () => {
    const n = ++number;
    const time = new Date(Date.parse('2026-03-04T07:00:00Z') + n * 1000).toISOString();
    return `${JSON.stringify({ time, n })}\n`;
  });
  await push(program, 'app', lines.join(''));
}

async function firings(): Promise<readonly unknown[]> {
  const rows = await program.query(
    "SELECT title FROM signals WHERE detection_id = 'Custom.Three' ORDER BY p_event_time",
  );
  return rows.map((row) => row['title']);
}

const wait = (count: number) => until(`${count} firings`, async () => (await firings()).length >= count);

test('each firing is of hits of its own', { timeout: startTimeoutMs }, async () => {
  await hit(4);
  await wait(1);
  await program.stop();
  program = await startProgram(workspace);
  await hit(1);
  await hit(8);
  await wait(4);
  expect(await firings()).toEqual([3, 6, 9, 12].map((n) => `Hits up to ${n}`));
  const alerts = (await alertsOf(program)).filter(({ detection }) => detection === 'Custom.Three');
  expect(alerts).toMatchObject([{ title: 'Hits up to 3', dedup: 'Custom.Three', count: 4 }]);
});
