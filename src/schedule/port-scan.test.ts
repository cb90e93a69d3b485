import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventStore } from '../core/event-store.ts';
import { parseQueryDocument } from '../detect/query/document.ts';
import { isScheduled } from '../detect/query/query.ts';
import { createEventStore } from '../store/clickhouse/event-store.ts';
import { column, event, eventColumns, keepForever, rowsOf, table } from '../store/clickhouse/native.suite.ts';
import { previewQuery } from './query-run.ts';

const data = fileURLToPath(new URL('../../../shared/data/tcpdump/', import.meta.url));
const missing = existsSync(data) ? '' : ' (skipped: ../shared/data is missing)';
const page = fileURLToPath(new URL('../../docs/reference/queries.md', import.meta.url));

let events: EventStore;
let folder = '';
let times: readonly number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-scan-'));
  events = await createEventStore({ path: folder }, keepForever);
  if (missing !== '') return;
  const columns = [column('src_ip'), column('dst_ip'), column('dst_port', 'int'), column('action')];
  const packets = table('tcpdump_tcp', [...eventColumns, ...columns]);
  await events.ensureTable(packets);
  const rows = readFileSync(`${data}syn.log`, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const [, time = '', src_ip, dst_ip, port] = /^(.{23}).* IP6? (.*)\.\d+ > (.*)\.(\d+): /.exec(line) ?? [];
      if (port === undefined) return [];
      const at = Date.parse(`${time.replace(' ', 'T')}Z`);
      const packet = { src_ip, dst_ip, dst_port: Number(port), action: 'tcp_connection_started' };
      return [event(`r${index}`, { ...packet, p_event_time: at, p_parse_time: at })];
    });
  await events.append({ token: 'packets', tables: [rowsOf(packets, rows)] });
  times = rows.map((row) => Number(row['p_event_time']));
});
afterAll(async () => {
  await events.close();
  await rm(folder, { recursive: true });
});

test.skipIf(missing !== '')(
  `the first query of docs/reference/queries.md finds the scans of the sample that must be found, and no other${missing}`,
  async () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8')) ?? [];
    const { query, problems, warnings } = parseQueryDocument(yaml, 'queries/port-scan.yml');
    expect([problems, warnings]).toEqual([[], []]);
    if (query?.name !== 'Custom.PortScan' || !isScheduled(query) || query.signals === undefined)
      throw new Error('no query');
    const { detection } = query.signals;
    const pairs = new Set<string>();
    const end = Math.max(...times);
    for (let to = Math.floor(Math.min(...times) / 10_000) * 10_000; to < end + 30_000; to += 10_000) {
      const window = { from: to - 10_000, to };
      const { groups } = await previewQuery(query, window, {
        events,
        detections: new Map([[detection.id, detection]]),
      });
      for (const { dedup } of groups) pairs.add(dedup);
    }
    const { expect: wanted }: { expect: readonly { src: string; dst: string }[] } = JSON.parse(
      readFileSync(`${data}expected.json`, 'utf8'),
    );
    expect([...pairs]).toEqual(wanted.map(({ src, dst }) => `${src}, ${dst}`));
  },
);
