// Schedules in the real program, over what may befall it: killed in the middle of a run, several of it at once, and stores
// that are down. No window is left out, none is run twice with success, and each record makes its alerts once.

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { type ClickhouseServer, startClickhouse } from '../clickhouse-server.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type Program, push, startProgram, until, type Workspace } from '../program.ts';
import {
  type AlertPage,
  bySignals,
  correlationId,
  createAsker,
  holesOf,
  judged,
  keyOf,
  queryId,
  runsOf,
  type StoreUrls,
  scheduleOf,
  scheduleWorkspace,
  startTicks,
  strayAlerts,
} from './schedule-workspace.ts';

const timeout = 300_000;
const noPostgres = hasPostgres ? '' : ' (skipped: PostgreSQL is not installed)';
const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

async function workspaceOf(...options: Parameters<typeof scheduleWorkspace>): Promise<Workspace> {
  const workspace = await scheduleWorkspace(...options);
  releases.push(() => workspace.remove());
  return workspace;
}

async function start(workspace: Workspace): Promise<Program> {
  const program = await startProgram(workspace);
  releases.push(() => program.stop('SIGKILL'));
  return program;
}

async function postgres(): Promise<PostgresServer> {
  const server = await startPostgres();
  releases.push(() => server.remove());
  return server;
}

async function clickhouse(): Promise<ClickhouseServer> {
  const server = await startClickhouse();
  releases.push(() => server.remove());
  return server;
}

/** Of the process that runs the query now. */
async function holderPid(url: string): Promise<number | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ holder: string | null }>('select holder from schedules where id = $1', [
      queryId,
    ]);
    const pid = /, pid (\d+), /.exec(rows[0]?.holder ?? '')?.[1];
    return pid === undefined ? undefined : Number(pid);
  } finally {
    await client.end();
  }
}

test('killed in the middle of a run', { timeout }, async () => {
  const workspace = await workspaceOf({ columns: ', sleepEachRow(0.1) AS slow' });
  let program = await start(workspace);
  const ticks = startTicks(() => program);
  for (let kills = 0; kills < 3; kills++) {
    await until(
      'runs went through',
      async () => (await runsOf(program, queryId)).filter(({ state }) => state === 'done').length > kills * 3,
    );
    await until('a run is under way', async () => (await scheduleOf(program, queryId)).state === 'running');
    await program.stop('SIGKILL');
    const began = Date.now();
    program = await start(workspace);
    await until('the run is made again', async () =>
      (await runsOf(program, queryId)).some(({ state, started }) => state === 'done' && Date.parse(started) > began),
    );
  }
  const sent = await ticks.stop();
  await judged(program);
  expect(await strayAlerts(program, sent)).toEqual([]);
  const runs = await runsOf(program, queryId);
  expect(holesOf(runs)).toEqual([]);
  expect(holesOf(await runsOf(program, bySignals))).toEqual([]);
  const lost = runs.filter(({ state }) => state === 'lost');
  expect(lost.length).toBeGreaterThan(0);
  for (const { from, to } of lost) {
    expect(runs.filter((run) => run.from === from && run.to === to && run.state === 'done')).toHaveLength(1);
  }
});

test.skipIf(!hasPostgres)(`three processes on one database${noPostgres}`, { timeout }, async () => {
  const [database, events] = [await postgres(), await clickhouse()];
  const stores: StoreUrls = { alerts: database.url, events: events.url };
  const workspaces = [await workspaceOf({ stores }), await workspaceOf({ stores }), await workspaceOf({ stores })];
  const programs: Program[] = [];
  for (const workspace of workspaces) programs.push(await start(workspace));
  const [first] = programs;
  if (first === undefined) throw new Error('nothing was started');
  // All of them receive.
  let turn = 0;
  const ticks = startTicks(() => programs[turn++ % programs.length] ?? first, { key: keyOf(first) });
  const pids = new Set<number | undefined>();
  await until('several have run it', async () => {
    pids.add(await holderPid(database.url));
    return pids.size > 3 && (await runsOf(first, queryId)).length > 15;
  });
  const sent = await ticks.stop();
  expect(sent.maybe).toEqual([]);
  await judged(first);
  expect(await strayAlerts(first, sent)).toEqual([]);
  const runs = await runsOf(first, queryId);
  expect(holesOf(runs)).toEqual([]);
  expect(holesOf(await runsOf(first, bySignals))).toEqual([]);
  expect(runs.filter(({ state }) => state === 'lost' || state === 'failed')).toEqual([]);
});

test.skipIf(!hasPostgres)(
  `the process that runs it is killed: another one goes on${noPostgres}`,
  { timeout },
  async () => {
    const [database, events] = [await postgres(), await clickhouse()];
    const options = {
      stores: { alerts: database.url, events: events.url },
      schedule: '{every: 1s, timeout: 3s}',
      columns: ', sleepEachRow(0.05) AS slow',
    };
    const workspaces = [await workspaceOf(options), await workspaceOf(options)];
    const programs = new Map<Workspace, Program>();
    for (const workspace of workspaces) programs.set(workspace, await start(workspace));
    const [receiving] = workspaces;
    const receiver = (): Program => {
      const program = receiving && programs.get(receiving);
      if (program === undefined) throw new Error('the receiver does not run');
      return program;
    };
    const asker = createAsker(() => [...programs.values()], keyOf(receiver()));
    const ticks = startTicks(receiver);
    await until('runs went through', async () => (await runsOf(asker, queryId)).length > 5);
    const pid = await until('a run is under way', () => holderPid(database.url));
    const [killed] = [...programs].find(([, program]) => program.pid === pid) ?? [];
    if (killed === undefined) throw new Error(`no process has the id ${pid}`);
    await programs.get(killed)?.stop('SIGKILL');
    programs.delete(killed);
    const lost = await until('the lease is over', async () =>
      (await runsOf(asker, queryId)).find(({ state }) => state === 'lost'),
    );
    await until('another one made the run', async () =>
      (await runsOf(asker, queryId)).some(
        ({ state, from, to }) => state === 'done' && from === lost.from && to === lost.to,
      ),
    );
    programs.set(killed, await start(killed));
    const sent = await ticks.stop();
    await judged(asker);
    expect(await strayAlerts(asker, sent)).toEqual([]);
    expect(holesOf(await runsOf(asker, queryId))).toEqual([]);
    expect(holesOf(await runsOf(asker, bySignals))).toEqual([]);
  },
);

/** Records come all the time; what was received before, meanwhile and after shall make its alerts once. */
async function outlive(
  server: { crash(): unknown; start(): Promise<void> },
  stores: StoreUrls,
): Promise<{ readonly stray: readonly string[]; readonly holes: readonly string[]; readonly said: string }> {
  const program = await start(await workspaceOf({ stores }));
  const ticks = startTicks(() => program);
  await until('runs went through', async () => (await runsOf(program, queryId)).length > 3);
  await server.crash();
  await sleep(60_000);
  await server.start();
  await sleep(5000);
  const sent = await ticks.stop();
  await judged(program);
  const stray = await strayAlerts(program, sent);
  const holes = [...holesOf(await runsOf(program, queryId)), ...holesOf(await runsOf(program, bySignals))];
  return { stray, holes, said: program.stderr() };
}

test('the store of events is down for a minute', { timeout }, async () => {
  const events = await clickhouse();
  expect(await outlive(events, { events: events.url })).toMatchObject({
    stray: [],
    holes: [],
    said: expect.stringMatching(/ECONNREFUSED|ECONNRESET|socket hang up/),
  });
});

test.skipIf(!hasPostgres)(
  `the store of alerts and of schedules is down for a minute${noPostgres}`,
  { timeout },
  async () => {
    const database = await postgres();
    expect(await outlive(database, { alerts: database.url })).toMatchObject({
      stray: [],
      holes: [],
      said: expect.stringContaining('schedules wait: '),
    });
  },
);

test('while the store of events is down, the failure and how late it is are shown, and told', { timeout }, async () => {
  const events = await clickhouse();
  const program = await start(await workspaceOf({ stores: { events: events.url } }));
  await until('runs went through', async () => (await runsOf(program, queryId)).length > 3);
  await events.crash();
  const failing = await until('three failures', async () => {
    const schedule = await scheduleOf(program, queryId);
    return schedule.failures > 2 && schedule;
  });
  expect(failing).toMatchObject({ state: 'failing', last: { state: 'failed' } });
  expect(failing.last?.message).toMatch(/ECONNREFUSED|ECONNRESET|socket hang up/);
  expect(failing.late).toBeGreaterThan(1);
  const alert = await until('the alert', async () => {
    const { items } = await program.ask<AlertPage>(`/api/v1/alerts?detection=${queryId}`);
    return items[0];
  });
  expect(alert).toMatchObject({ kind: 'RULE_ERROR', dedup: 'failed', count: 1 });
  await events.start();
  await until('all is well', async () => {
    const { failures, late } = await scheduleOf(program, queryId);
    return failures === 0 && late < 2;
  });
  expect(holesOf(await runsOf(program, queryId))).toEqual([]);
});

test('what is older than the catch-up is a gap, told by an alert, and a back-fill closes it', { timeout }, async () => {
  const events = await clickhouse();
  const program = await start(
    await workspaceOf({ stores: { events: events.url }, schedule: '{every: 1s, catchup: 8s}' }),
  );
  const ticks = startTicks(() => program);
  await until('runs went through', async () => (await runsOf(program, queryId)).length > 3);
  await events.crash();
  await sleep(20_000);
  await events.start();
  await until('the gap is shown', async () => (await scheduleOf(program, queryId)).gaps > 0);
  const [gap] = (await runsOf(program, queryId)).filter(({ state }) => state === 'gap');
  if (gap === undefined) throw new Error('there is no run with the state gap');
  const [alert] = (await program.ask<AlertPage>('/api/v1/alerts?detection=Tocsin.Schedule')).items;
  expect(alert).toMatchObject({
    dedup: 'gap',
    title: `${queryId}: nothing ran over the records received from ${gap.from} to ${gap.to}; a back-fill does`,
  });
  const sent = await ticks.stop();
  await judged(program);
  expect((await strayAlerts(program, sent)).length).toBeGreaterThan(0);
  const runs = await runsOf(program, queryId);
  expect(holesOf(runs)).toEqual([]);
  // All of the time: what was run before is not told again.
  await program.ask(`/api/v1/schedules/${queryId}/backfill`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from: runs[0]?.from, to: (await scheduleOf(program, queryId)).cursor }),
  });
  await until('the back-fill is through', async () => (await scheduleOf(program, queryId)).backfill === null);
  expect((await runsOf(program, queryId)).filter(({ id }) => id === gap.id)).toEqual([]);
  expect(await strayAlerts(program, sent)).toEqual([]);
});

test('more alerts than the limit: the run says so, and an alert of the query and of the correlation', {
  timeout,
}, async () => {
  const program = await start(await workspaceOf({ limit: 3 }));
  await push(program, 'ticks', Array.from({ length: 10 }, (_, n) => `{"n":${n}}\n`).join(''));
  for (const [schedule, detection] of [
    [queryId, queryId],
    [bySignals, correlationId],
  ] as const) {
    const message = `${detection}: 7 more alerts than the limit of 3`;
    const run = await until('the run', async () =>
      (await runsOf(program, schedule)).find(({ state }) => state === 'overflow'),
    );
    expect(run.message).toBe(message);
    const { items } = await program.ask<AlertPage>(`/api/v1/alerts?detection=${detection}`);
    expect(items.map(({ kind, title }) => (kind === 'RULE' ? kind : title)).toSorted()).toEqual(
      [message, 'RULE', 'RULE', 'RULE'].toSorted(),
    );
  }
});

test('a second process on the same data folder is refused, and says who has it', { timeout }, async () => {
  const workspace = await workspaceOf();
  const program = await start(workspace);
  const { code, stderr } = await workspace.tocsin('run');
  expect(code).toBe(75);
  expect(stderr).toContain(`another tocsin (pid ${program.pid}`);
});
