// The articles that Tocsin was asked for from: their rule, unmodified, on their data, through the command line.

import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AlertAnswer, makeWorkspace, startTimeoutMs, type Workspace } from '../program.ts';

const root = new URL('../../', import.meta.url);
const shared = new URL('../shared/', root);
const path = (relative: string, base = root): string => fileURLToPath(new URL(relative, base));
const netstat = path('data/fluentd-s3/bucket/netstat', shared);
const isThere = existsSync(netstat) && existsSync(path('seeds', shared));
const missing = isThere ? '' : ' (skipped: ../shared with the articles is missing)';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await makeWorkspace({ 'tocsin.yml': 'name: seed\n' });
  await cp(path('demo/rules'), workspace.at('rules'), { recursive: true });
  await cp(path('demo/schemas'), workspace.at('schemas'), { recursive: true });
}, startTimeoutMs);
afterAll(() => workspace?.remove());

test.skipIf(!isThere)(`the rule of the demo is that of the article${missing}`, async () => {
  const article = await readFile(path('seeds/2-detection.txt', shared), 'utf8');
  const rule = await readFile(path('demo/rules/unexpected_open_port.py'), 'utf8');
  expect(rule.length).toBeGreaterThan(500);
  expect(article).toContain(rule.trim());
});

test('its tests pass: 443 is quiet, 21 alerts', async () => {
  const { code, stdout } = await workspace.tocsin(
    'test',
    'rules/unexpected_open_port.py',
    'rules/unexpected_open_port.yml',
  );
  expect(stdout).toBe(`[PASS] Custom.Netstat.UnexpectedPort: HTTPS is expected
[PASS] Custom.Netstat.UnexpectedPort: FTP triggers
2 passed, 0 failed
`);
  expect(code).toBe(0);
});

test.skipIf(!isThere)(
  `it alerts on port 21 in the bucket's objects, and never on a header line${missing}`,
  async () => {
    const summary = await workspace.ask<object>('ingest', '--schema', 'Custom.Netstat', netstat);
    expect(summary).toMatchObject({
      events: [{ logType: 'Custom.Netstat', records: 56 }],
      dropped: [{ logType: 'Custom.Netstat', reason: 'header line of netstat', records: 12 }],
      deadLetters: [],
    });
    const alerts = await workspace.ask<AlertAnswer[]>('alerts', 'list');
    const ftp = alerts.filter(({ title }) => title === 'Unexpected Port Opened: 21');
    expect(ftp).toMatchObject([{ dedup: 'Unexpected Port Opened: 21', severity: 'HIGH', kind: 'RULE', count: 2 }]);
    expect(alerts.filter(({ title }) => /\(only|Local/.test(title))).toEqual([]);
    expect(alerts.filter(({ kind }) => kind === 'RULE_ERROR')).toEqual([]);
  },
);

test.skipIf(!isThere)(`infer prints the schema of the article${missing}`, async () => {
  const article = await readFile(path('seeds/1-ingestion.txt', shared), 'utf8');
  const { code, stdout } = await workspace.tocsin('infer', '--name', 'Netstat', netstat);
  expect(code).toBe(0);
  expect(stdout).toContain('required: true');
  expect(article).toContain(stdout.trim());
});
