// The program as a child process: exit codes, what goes to stdout and what to stderr, and commands through the API of a
// running program (here the real server over an App of this file).

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { App } from '../app-port.ts';
import type { Alert } from '../core/alert.ts';
import type { Exception } from '../core/exception.ts';
import { UserError } from '../core/problem.ts';
import { takeLock } from '../lock.ts';
import { startServer } from '../server/server.ts';
import { type Captured, type Ran, runCaptured } from './run-captured.suite.ts';

const root = await mkdtemp(join(tmpdir(), 'tocsin-cli-'));
afterAll(() => rm(root, { recursive: true, force: true }));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

const missing = () => Promise.reject(new Error('bug: not expected here'));

type Where = Partial<Pick<Captured, 'cwd' | 'input' | 'env'>>;

/** As a child process. */
function tocsin(words: readonly string[], { cwd = root, input = '', env = {} }: Where = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...words],
      { cwd, env: { PATH: process.env['PATH'], ...env }, timeout: 20_000 },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

/** The same without a process. */
function inside(words: readonly string[], { cwd = root, ...where }: Where = {}): Promise<Ran> {
  return runCaptured(words, { cwd, ...where });
}

describe('the command line', () => {
  test('help and version are data', async () => {
    expect(await tocsin(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
    const help = await tocsin(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: tocsin/);
    expect(Math.max(...help.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(88);
  });

  test.each([
    [['nonsense'], /^error: unknown command 'nonsense'\n/],
    [['query', '--formt', 'csv', 'x'], /^error: unknown option '--formt'\n\(Did you mean --format\?\)\n/],
    [['query', '--format', 'xml', 'x'], /Allowed choices are table, json, jsonl, csv, tsv\.\n/],
    [['alerts', 'list', '--severity', 'loud'], /expected INFO, LOW, MEDIUM, HIGH, CRITICAL\.\n/],
    [['alerts', 'list', '--since', 'yesterday'], /expected 15m, 2h, 7d or a date/],
    [['parse'], /^error: missing required argument 'file'\n/],
    [['\u001B[31mx'], /^error: unknown command '\\x1b\[31mx'\n/],
  ])('usage %j ends with 2 and says why on stderr', async (words, message) => {
    expect(await inside(words)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('a broken configuration ends with 78 and its places', async () => {
    const workspace = join(root, 'broken');
    await mkdir(workspace);
    await writeFile(join(workspace, 'tocsin.yml'), 'sources:\n  - { id: web, type: file, schemas: [X], path: [a] }\n');
    expect(await tocsin(['run'], { cwd: workspace })).toEqual({
      code: 78,
      stdout: '',
      stderr:
        'tocsin.yml:2:5: sources[0].paths: is missing (expected array)\n' +
        'tocsin.yml:2:42: sources[0]: unknown key `path`; did you mean `paths`?\n',
    });
    const { stderr } = await inside(['run', '--json'], { cwd: workspace });
    expect(JSON.parse(stderr)).toMatchObject({ exitCode: 78, problems: [{ line: 2, column: 5 }, { line: 2 }] });
  });

  test('no workspace says how to make one', async () => {
    const ran = await inside(['alerts']);
    expect(ran).toMatchObject({ code: 78, stdout: '' });
    expect(ran.stderr).toBe('tocsin.yml: does not exist; `tocsin init` makes a workspace\n');
  });
});

describe('init, parse and explain', () => {
  const workspace = join(root, 'new');
  test('init makes a workspace and keeps what is there', async () => {
    await mkdir(join(workspace, 'rules'), { recursive: true });
    await writeFile(join(workspace, '.gitignore'), 'mine\n');
    const ran = await inside(['init', workspace]);
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(ran.stderr).toContain('  kept  .gitignore (it was there)\n');
    expect(await readFile(join(workspace, '.gitignore'), 'utf8')).toBe('mine\n');
    const again = await inside(['--json', 'init', workspace]);
    expect(JSON.parse(again.stdout)).toMatchObject({ made: [] });
  });

  test('parse prints events on stdout and counts on stderr', async () => {
    const log = await readFile(join(workspace, 'samples/app.log'));
    await writeFile(join(workspace, 'samples/app.log.gz'), gzipSync(log));
    for (const file of ['samples/app.log', 'samples/app.log.gz']) {
      const ran = await tocsin(['parse', '--schema', 'schemas/app.yml', file], { cwd: workspace });
      expect(ran).toMatchObject({ code: 0, stderr: '7 events\n' });
      const events = ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events).toHaveLength(7);
      expect(events[6]).toMatchObject({
        p_log_type: 'Custom.App',
        user: 'grace',
        p_event_time: '2026-01-05 09:01:00.000',
      });
    }
  });

  test('parse ends with 1 where a line is none of the types, and shows no raw control', async () => {
    const input = 'ju\u001B[2Jnk\n{"a":"\u0007"}\n';
    const ran = await tocsin(['parse', '--schema', 'schemas/app.yml', '-'], { cwd: workspace, input });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^0 events\n2 records taken by no schema\n/);
    expect(ran.stderr).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test('explain says what each schema thinks', async () => {
    const input = '{"time":"2026-01-05T09:00:00Z","user":"ada","action":"x"}\n{"time":1}\n';
    const ran = await tocsin(['explain', '--schema', 'schemas/app.yml', '-'], { cwd: workspace, input });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/\n=> Custom\.App {2}takes it, score \d+\n/);
    expect(ran.stdout).toMatch(/\{"time":1\}\n {3}Custom\.App {2}\S/);
  });

  test('rules and samples are tested; 1 where one fails', async () => {
    const folder = join(workspace, 'schemas/samples');
    await mkdir(folder);
    await writeFile(join(folder, 'app.log'), `${await readFile(join(workspace, 'samples/app.log'), 'utf8')}junk\n`);
    const none = await tocsin(['test', 'schemas'], { cwd: workspace });
    expect(none.code).toBe(1);
    expect(none.stdout).toContain(
      '       there is no app.events.json; `tocsin test --update` writes it\n0 passed, 1 failed\n',
    );

    expect((await tocsin(['test', '--update', 'schemas'], { cwd: workspace })).code).toBe(0);
    const all = await tocsin(['test'], { cwd: workspace });
    expect(all).toMatchObject({ code: 0 });
    expect(all.stdout).toContain('[PASS] Custom.App: schemas/samples/app.log, 8 lines\n');
    expect(all.stdout).toContain('[PASS] App.FailedLogins: a failed login\n');
    expect(all.stdout).toMatch(/\n5 passed, 0 failed\n$/);

    const expected = join(folder, 'app.events.json');
    await writeFile(expected, (await readFile(expected, 'utf8')).replace('"grace"', '"hopper"'));
    const rule = join(workspace, 'rules/failed-logins.ts');
    await writeFile(rule, (await readFile(rule, 'utf8')).replace("=== 'login'", "=== 'logout'"));
    const wrong = await tocsin(['test', 'rules/failed-logins.ts', 'schemas'], { cwd: workspace });
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain('       line 7: user: expected "hopper", got "grace"\n');
    expect(wrong.stdout).toContain('[FAIL] App.FailedLogins: a failed login\n       expected a match, got no match\n');
    expect(wrong.stdout).not.toContain('App.AdminRemoved');
  });

  test('a schema file with a mistake is shown with its place', async () => {
    await writeFile(join(workspace, 'bad.yml'), 'schema: Custom.Bad\nfeilds: []\n');
    const ran = await tocsin(['parse', '--schema', 'bad.yml', '-'], { cwd: workspace });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^bad\.yml:2:1: .*feilds/m);
  });
});

describe('commands while a program runs', async () => {
  const workspace = join(root, 'running');
  await mkdir(workspace);
  await writeFile(join(workspace, 'tocsin.yml'), 'name: test\n');
  const alert: Alert = {
    id: '0123456789abcdef0123456789abcdef',
    kind: 'RULE',
    detection: 'Ports.Open',
    dedup: 'd',
    title: 'Unexpected Port Opened: 21 \u001B[31mred\u202E',
    severity: 'HIGH',
    status: 'OPEN',
    assignee: '',
    description: 'first line\nsecond line',
    runbook: '',
    reference: '',
    context: { port: 21 },
    logTypes: ['Custom.Netstat'],
    tags: [],
    count: 1234,
    first: Date.UTC(2026, 0, 5, 9),
    last: Date.UTC(2026, 0, 5, 10),
    windowStart: 0,
    windowEnd: 0,
    created: Date.UTC(2026, 0, 5, 10),
    updated: 0,
    deliveries: [{ destination: 'mail', event: 'opened', state: 'failed', attempts: 3, message: '550 no' }],
  };
  const other: Alert = { ...alert, id: `0123${'f'.repeat(28)}`, title: 'Other', severity: 'LOW', deliveries: [] };
  const statuses = new Map<string, Partial<Alert>>();
  const alertNow = (one: Alert): Alert => ({ ...one, ...statuses.get(one.id) });
  const pushed: string[] = [];
  const exceptions: Exception[] = [];
  const app: App = {
    version: '0',
    started: 0,
    content: { schemas: [], detections: [], problems: [] },
    schedules: { status: missing, runs: missing, backfill: missing },
    previewQuery: missing,
    silenced: () => ({ suppressed: 0, excepted: 0 }),
    events: {
      ensureTable: missing,
      append: missing,
      close: missing,
      async query(sql) {
        if (sql.includes('nonsense')) throw new UserError('Unknown expression identifier `nonsense`');
        return {
          columns: [
            { name: 'ip', type: 'String' },
            { name: 'n', type: 'UInt64' },
          ],
          rows: [
            { ip: '192.0.2.1', n: 5 },
            { ip: '=cmd()\t"x"\u001B[2J\n', n: '18446744073709551615' },
          ],
          truncated: true,
          elapsedMs: 12,
          rowsRead: 1000,
          bytesRead: 2_500_000,
        };
      },
    },
    alerts: {
      raise: missing,
      alarm: missing,
      finish: missing,
      positions: missing,
      journal: missing,
      counts: missing,
      delivery: missing,
      resolveDue: missing,
      exceptions: {
        async add(given) {
          exceptions.push({ ...given, id: 'e1', created: 0, silenced: 7 });
          return { ...given, id: 'e1', created: 0, silenced: 0 };
        },
        list: async () => exceptions,
        async remove(id) {
          const at = exceptions.findIndex((exception) => exception.id === id);
          return exceptions.splice(at, at < 0 ? 0 : 1).length === 1;
        },
      },
      async snooze(id, snooze) {
        statuses.set(id, { ...statuses.get(id), snooze });
        return [alert, other].map(alertNow).find((one) => one.id === id);
      },
      changes: async () => [{ time: Date.UTC(2026, 0, 5, 11), by: 'ann', what: 'status TRIAGED' }],
      list: async ({ severity }) => ({
        alerts: [alert, other].map(alertNow).filter((one) => severity?.includes(one.severity) ?? true),
      }),
      get: async (id) => [alert, other].map(alertNow).find((one) => one.id === id),
      async update(id, change) {
        statuses.set(id, { ...statuses.get(id), ...change });
        return [alert, other].map(alertNow).find((one) => one.id === id);
      },
    },
    keys: {
      create: async (name, scopes) => ({ key: 'tocsin_x_y', apiKey: { id: 'x', name, scopes, created: 0 } }),
      verify: async (key) => (key === 'secret' ? { id: 'l', name: 'local', scopes: ['admin'], created: 0 } : undefined),
      list: async () => [{ id: 'x', name: 'shipper', scopes: ['ingest'], created: 0 }],
      revoke: async () => true,
    },
    analyze: missing,
    analyzers: () => [],
    sources: () => [],
    lookups: () => [],
    refreshLookup: missing,
    detections: () => [],
    alertEvents: async (id) => (id === alert.id ? [{ local_address: '0.0.0.0:21', p_log_type: 'Custom.Netstat' }] : []),
    async push(source, body) {
      if (source !== 'push') return undefined;
      let bytes = 0;
      for await (const part of body) {
        bytes += part.length;
        pushed.push(Buffer.from(part).toString());
      }
      return { records: 2, bytes };
    },
    metrics: () => [],
    stop: async () => {},
  };
  const server = await startServer(app, { port: 0 });
  const lock = await takeLock(join(workspace, '.tocsin'), { address: server.address, key: 'secret' });
  afterAll(async () => {
    await lock.release();
    await server.close();
  });
  const here = (words: readonly string[], env: Where['env'] = {}) => inside(words, { cwd: workspace, env });

  test('alerts are TSV in a pipe, in full and without controls', async () => {
    const { code, stdout, stderr } = await here(['alerts']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, first] = stdout.split('\n').map((line) => line.split('\t'));
    expect(head?.[0]).toBe('ID');
    expect(first?.slice(0, 3)).toEqual([alert.id, 'HIGH', 'OPEN']);
    expect(first).toContain('Unexpected Port Opened: 21 \\x1b[31mred\\u202e');
  });

  test('alerts as JSON, filtered', async () => {
    const { stdout } = await here(['alerts', 'list', '--json', '--severity', 'low,info']);
    expect(JSON.parse(stdout)).toMatchObject([{ id: other.id, created: alert.created }]);
  });

  test('an alert by the beginning of its id, with its events', async () => {
    const { code, stdout } = await here(['alerts', 'show', '01234567']);
    expect(code).toBe(0);
    expect(stdout).toContain('description  first line\n             second line\n');
    expect(stdout).toContain('sent to      mail: failed after 3 attempts: 550 no\n');
    expect(stdout).toContain('{"local_address":"0.0.0.0:21","p_log_type":"Custom.Netstat"}\n');
    expect(await here(['alerts', 'show', '0123'])).toMatchObject({
      code: 1,
      stderr: 'error: 2 alerts begin with 0123; give more of the id\n',
    });
    expect(await here(['alerts', 'show', 'ffff'])).toMatchObject({ code: 1 });
    expect(await here(['alerts', 'show', 'x; rm'])).toMatchObject({ code: 2 });
  });

  test('alerts are closed and assigned; a wrong id changes nothing', async () => {
    expect(await here(['alerts', 'close', 'ffff', '01234567'])).toMatchObject({ code: 1 });
    expect(statuses.size).toBe(0);
    const ran = await here(['alerts', 'close', '01234567'], { USER: 'ann' });
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(statuses.get(alert.id)).toEqual({ status: 'CLOSED', by: 'ann' });
    await here(['alerts', 'assign', '01234567', 'ada']);
    expect(statuses.get(alert.id)).toMatchObject({ status: 'CLOSED', assignee: 'ada' });
  });

  test('an alert is snoozed, shown so, and woken', async () => {
    const until = Date.parse('2099-12-01T08:00:00Z');
    const words = ['alerts', 'snooze', '01234567', '--until', '2099-12-01T08:00Z', '--reason', 'we move'];
    const ran = await here(words, { USER: 'ann' });
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(ran.stderr).toContain('snoozed until 2099-12-01 08:00:00 UTC');
    expect(statuses.get(alert.id)?.snooze).toEqual({ until, by: 'ann', reason: 'we move' });
    const [head, first, second] = (await here(['alerts'])).stdout.split('\n').map((line) => line.split('\t'));
    expect([head?.at(-1), first?.at(-1), second?.at(-1)]).toEqual([
      'SNOOZED UNTIL (UTC)',
      '2099-12-01T08:00:00.000Z',
      '',
    ]);
    const { stdout } = await here(['alerts', 'show', '01234567']);
    expect(stdout).toContain('snoozed      until 2099-12-01 08:00:00 UTC by ann: we move\n');
    expect(stdout).toContain('changed      2026-01-05 11:00:00 UTC by ann: status TRIAGED\n');
    await here(['alerts', 'wake', '01234567']);
    expect(statuses.get(alert.id)?.snooze).toMatchObject({ until: 0 });
    expect(await here(['alerts', 'snooze', '01234567'])).toMatchObject({ code: 2 });
    expect(await here(['alerts', 'snooze', '01234567', '--until', 'then'])).toMatchObject({ code: 2 });
    expect(await here(['alerts', 'snooze', 'ffff', '--until', '1h'])).toMatchObject({ code: 1 });
  });

  test('exceptions are added, listed and removed', async () => {
    const add = ['alerts', 'exceptions', 'add', '*', '--until', '2d', '--reason', 'scanners'];
    const ip = 'src_ip|cidr';
    const when = ['--when', `${ip}=10.9.0.0/24`, '--when', 'user=a=b', '--when', `${ip}=10.8.0.0/24`];
    expect(await here([...add, ...when], { USER: 'ann' })).toMatchObject({ code: 0, stdout: 'e1\n' });
    expect(exceptions).toMatchObject([
      {
        detection: '*',
        when: { [ip]: ['10.9.0.0/24', '10.8.0.0/24'], user: ['a=b'] },
        owner: 'ann',
        reason: 'scanners',
      },
    ]);
    const { stdout } = await here(['alerts', 'exceptions']);
    expect(stdout).toMatch(/^ID\tSTATE\t.*\ne1\tending\t.*\t7\t\*\t\{"src_ip\|cidr":.*\tann\tscanners\n$/);
    expect(await here([...add, '--when', 'a|gt=1'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--when a|gt: expected one of the modifiers cidr, contains'),
    });
    expect(await here([...add, '--when', 'a'])).toMatchObject({ code: 2 });
    expect(await here(add)).toMatchObject({ code: 2 });
    expect(await here(['alerts', 'exceptions', 'remove', 'e1'])).toMatchObject({ code: 0 });
    expect(await here(['alerts', 'exceptions', 'remove', 'e1'])).toMatchObject({
      code: 1,
      stderr: 'error: there is no exception e1\n',
    });
  });

  test.each([
    [
      'table',
      'ip                                       n\n192.0.2.1                                5\n=cmd()\\t"x"\\x1b[2J\\n  18446744073709551615\n',
    ],
    ['tsv', 'ip\tn\n192.0.2.1\t5\n=cmd()\\t"x"\\x1b[2J\\n\t18446744073709551615\n'],
    ['csv', 'ip,n\r\n192.0.2.1,5\r\n"\'=cmd()\t""x""\u001B[2J\n",18446744073709551615\r\n'],
    ['jsonl', '{"ip":"192.0.2.1","n":5}\n{"ip":"=cmd()\\t\\"x\\"\\u001b[2J\\n","n":"18446744073709551615"}\n'],
  ])('a query as %s', async (format, expected) => {
    expect(await here(['query', '-f', format, 'SELECT 1'])).toEqual({
      code: 0,
      stdout: expected,
      stderr: '2 rows (there are more: --limit) in 12 ms; 1,000 rows, 2.5 MB read\n',
    });
  });

  test('a query from stdin, and a wrong one', async () => {
    const ran = await tocsin(['query', '-q', '--json'], { cwd: workspace, input: 'SELECT 1' });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toHaveLength(2);
    expect(await here(['query', 'nonsense'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: Unknown expression identifier `nonsense`\n',
    });
  });

  test('keys', async () => {
    expect(await here(['keys', 'create', 'shipper', '--scope', 'ingest'])).toEqual({
      code: 0,
      stdout: 'tocsin_x_y\n',
      stderr: 'key x may ingest; it is not shown again\n',
    });
    expect((await here(['keys'])).stdout).toBe(
      'ID\tNAME\tSCOPES\tCREATED (UTC)\tLAST USED\nx\tshipper\tingest\t1970-01-01 00:00:00\t\n',
    );
    expect(await here(['keys', 'revoke', 'nobody'])).toMatchObject({
      code: 1,
      stderr: 'error: there is no key nobody\n',
    });
  });

  test('ingest goes to an HTTP source of the running program', async () => {
    const log = join(workspace, 'a.log');
    await writeFile(log, 'a\nb\n');
    expect(await here(['ingest', log, '--source', 'push'])).toMatchObject({
      code: 0,
      stdout: `2 records (4 B) taken by ${server.address}\n`,
    });
    expect(pushed.join('')).toBe('a\nb\n');
    expect(await here(['ingest', log, '--source', 'nobody'])).toMatchObject({
      code: 1,
      stderr: 'error: there is no source nobody of type http; none is configured\n',
    });
    expect((await here(['ingest', log])).code).toBe(2);
    expect(await here(['ingest', 'none.log'])).toMatchObject({ stderr: 'error: cannot read none.log: no such file\n' });
  });

  test('a program that does not answer is temporary', async () => {
    const gone = await startServer(app, { port: 0 });
    await gone.close();
    await lock.tell({ address: gone.address, key: 'secret' });
    const ran = await here(['alerts']);
    await lock.tell({ address: server.address, key: 'secret' });
    expect(ran).toEqual({
      code: 75,
      stdout: '',
      stderr: `error: cannot reach the running tocsin at ${gone.address}: ECONNREFUSED\n`,
    });
  });

  test('colour by wish only in a pipe', async () => {
    const red = '\u001B[31m';
    expect((await here(['--color', 'always', 'alerts', 'show', '01234567'])).stdout).toContain(`${red}HIGH`);
    expect((await here(['alerts', 'show', '01234567'], { FORCE_COLOR: '1' })).stdout).toContain(`${red}HIGH`);
    expect((await here(['alerts', 'show', '01234567'])).stdout).not.toContain('\u001B');
    expect((await here(['alerts', 'show', '01234567'], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(
      '\u001B',
    );
  });
});
