// For tests of schedules in the real program: a workspace whose records have numbers, a query by the clock and a correlation
// by signals that each raise one alert per number, and what must be so at the end whatever happened in between.

import { setTimeout as sleep } from 'node:timers/promises';
import { type AlertAnswer, makeWorkspace, type Program, until, type Workspace } from '../program.ts';

export const queryId = 'Tick.Query';
export const correlationId = 'Tick.Correlation';
/** The schedule of the correlations that signals decide. */
export const bySignals = 'correlations';

export interface StoreUrls {
  readonly events?: string;
  readonly alerts?: string;
}

interface WorkspaceOptions {
  readonly stores?: StoreUrls;
  /** Of the query's `siem.schedule`. */
  readonly schedule?: string;
  /** More columns of the query: to make it slow. */
  readonly columns?: string;
  /** Alerts of one run. */
  readonly limit?: number;
}

export async function scheduleWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const { stores = {}, schedule = '{every: 1s}', columns = '', limit = 500 } = options;
  const urls = Object.entries(stores).map(([name, url]) => `  ${name}: {url: '${url}'}\n`);
  return makeWorkspace({
    'tocsin.yml': `name: schedules
listen: 127.0.0.1:0
workers: 1
sources:
  - {id: ticks, type: http, schemas: [Custom.Tick]}
${urls.length === 0 ? '' : `stores:\n${urls.join('')}`}`,
    'schemas/tick.yml': 'schema: Custom.Tick\nfields:\n  - {name: n, type: bigint, required: true}\n',
    'rules/tick.ts': `import { rule } from 'tocsin';
export default rule({
  id: 'Tick.Rule', logTypes: ['Custom.Tick'], severity: 'Info', createAlert: false, match: () => true,
  tests: [],
});
`,
    'queries/tick.yml': `title: Ticks
id: ${queryId}
level: low
query: |
  SELECT n${columns} FROM custom_tick
  WHERE p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)} ORDER BY n
siem:
  schedule: ${schedule}
  alert: {key: [n], limit: ${limit}}
`,
    'correlations/tick.yml': `title: Ticks
id: ${correlationId}
correlation: {type: event_count, rules: [Tick.Rule], group-by: [n], timespan: 1m, condition: {gte: 1}}
level: low
siem: {alert: {key: [n], limit: ${limit}}}
`,
  });
}

export interface RunAnswer {
  readonly id: string;
  readonly state: string;
  readonly from: string;
  readonly to: string;
  readonly started: string;
  readonly ended: string | null;
  readonly isBackfill: boolean;
  readonly message: string;
}

export interface ScheduleAnswer {
  readonly id: string;
  readonly state: string;
  readonly cursor: string;
  readonly late: number;
  readonly failures: number;
  readonly gaps: number;
  readonly backfill: object | null;
  readonly last: RunAnswer | null;
}

/** What programs on one PostgreSQL share: the first one's key is good for all. */
export interface Asker {
  ask<T>(path: string): Promise<T>;
}

export async function scheduleOf(asker: Asker, id: string): Promise<ScheduleAnswer> {
  const { items } = await asker.ask<{ items: readonly ScheduleAnswer[] }>('/api/v1/schedules');
  const found = items.find((schedule) => schedule.id === id);
  if (found === undefined) throw new Error(`there is no schedule ${id}`);
  return found;
}

/** The oldest first. */
export async function runsOf(asker: Asker, id: string): Promise<readonly RunAnswer[]> {
  const { items } = await asker.ask<{ items: readonly RunAnswer[] }>(`/api/v1/schedules/${id}/runs?limit=1000`);
  return items.toReversed();
}

/** Where runs that went through, and gaps, do not join: a hole, or an overlap. */
export function holesOf(runs: readonly RunAnswer[]): readonly string[] {
  const tiles = runs.filter(({ state, isBackfill }) => ['done', 'overflow', 'gap'].includes(state) && !isBackfill);
  if (tiles.length < 3) return ['less than three runs'];
  return tiles.slice(1).flatMap(({ from }, index) => {
    const before = tiles[index]?.to ?? '';
    return from === before ? [] : [`${before} and ${from}`];
  });
}

export interface Sent {
  /** Acknowledged. */
  readonly sure: readonly number[];
  /** Whether they were taken is not known. */
  readonly maybe: readonly number[];
}

/** Sends numbers, one after the other, until it is stopped. `program`: throws where none takes them now. `key`: for programs
 *  that know it from the first on their PostgreSQL. */
export function startTicks(program: () => Program, { key = '' } = {}): { stop(): Promise<Sent> } {
  const stopping = new AbortController();
  const sure: number[] = [];
  const maybe: number[] = [];
  const send = async (number: number): Promise<void> => {
    const headers = { 'content-type': 'text/plain', ...(key !== '' && { authorization: `Bearer ${key}` }) };
    const init = { method: 'POST', headers, body: `{"n":${number}}\n` };
    const isTaken = await program()
      .api('/api/v1/ingest/ticks', init)
      .then(({ ok }) => ok);
    (isTaken ? sure : maybe).push(number);
  };
  const sending = (async () => {
    for (let number = 0; !stopping.signal.aborted; number++) {
      await send(number).catch(() => maybe.push(number));
      await sleep(100);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await sending;
      return { sure, maybe };
    },
  };
}

export interface AlertPage {
  readonly items: readonly AlertAnswer[];
  readonly next: string | null;
}

/** All alerts of the detection but those of its errors, as `number:count`. */
async function counted(asker: Asker, detection: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: AlertPage = await asker.ask(
      `/api/v1/alerts?limit=100&detection=${detection}${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    found.push(...page.items.filter(({ kind }) => kind === 'RULE').map(({ dedup, count }) => `${dedup}:${count}`));
    cursor = page.next;
  }
  return found.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** Resolves when all that was received by now is judged. */
export async function judged(asker: Asker): Promise<void> {
  const end = Date.now();
  for (const id of [queryId, bySignals]) {
    await until(`${id} has come to the last record`, async () => {
      const { cursor } = await scheduleOf(asker, id);
      return Date.parse(cursor) > end;
    });
  }
}

/** Numbers that did not make one alert of the query and one of the correlation, each of one signal. */
export async function strayAlerts(asker: Asker, { sure, maybe }: Sent): Promise<readonly string[]> {
  const stray: string[] = [];
  for (const detection of [queryId, correlationId]) {
    const found = await counted(asker, detection);
    const wanted = new Set(sure.map((number) => `${number}:1`));
    const allowed = new Set([...wanted, ...maybe.map((number) => `${number}:1`)]);
    stray.push(...found.filter((each) => !allowed.delete(each)).map((each) => `${detection} ${each} is too much`));
    const missing = [...wanted].filter((each) => !found.includes(each));
    stray.push(...missing.map((each) => `${detection} ${each} is missing`));
  }
  return stray;
}

/** Asks whichever of the programs is there, with the key of the first. */
export function createAsker(programs: () => readonly Program[], key: string): Asker {
  return {
    async ask<T>(path: string): Promise<T> {
      const [program] = programs();
      if (program === undefined) throw new Error('no program runs');
      return program.ask<T>(path, { headers: { authorization: `Bearer ${key}` } });
    },
  };
}

export function keyOf(program: Program): string {
  return /^admin API key, shown this once: (\S+)\n/m.exec(program.stderr())?.[1] ?? '';
}
