// What PythonRules promises, seen on every engine: called by python-host.test.ts (CPython) and by
// test/integration/pyodide.test.ts.

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Detection, Signal } from '../core/detection.ts';
import { formatProblem } from '../core/problem.ts';
import { type PythonOptions, type PythonRules, type Quarantined, startPythonRules } from './python-host.ts';
import type { PythonRule, PythonTest } from './python-rule.ts';

const about: Omit<Detection, 'id' | 'file' | 'logTypes'> = {
  language: 'python',
  enabled: true,
  displayName: '',
  description: '',
  severity: 'MEDIUM',
  dedupPeriodMinutes: 60,
  threshold: 1,
  createAlert: true,
  runbook: '',
  reference: '',
  destinations: [],
  tags: [],
  reports: {},
};

export function pythonRule(id: string, logType: string, source: string, part: Partial<PythonRule> = {}): PythonRule {
  const detection = { ...about, id, file: `rules/${id}.py`, logTypes: [logType] };
  return { detection, document: `rules/${id}.yml`, source, tests: [], ...part };
}

export function batchOf(logType: string, ...events: readonly object[]) {
  const lines = events.map((event, index) =>
    JSON.stringify({ p_row_id: `r${index}`, p_log_type: logType, p_event_time: '2026-01-01 00:00:00.000', ...event }),
  );
  return {
    logType,
    events: Buffer.from(lines.join('\n')),
    times: Float64Array.from(events, (_, index) => 100 + index),
  };
}

/** Made only if a rule gets out. */
const escaped = join(tmpdir(), `tocsin-escaped-${process.pid}`);

/** What the body of `rule` does for the events of one log type, beside a rule that always matches. */
const hostile = {
  Loops: 'while True: pass',
  CatchesAll: 'try:\n    x = 1\n    while True: x += 1\n  except BaseException: return rule(event)',
  LoopsInC: 'import itertools\n  return max(itertools.repeat(1))',
  EatsMemory: 'x = [0] * 10**10',
  HoardsMemory: 'global kept\n  kept = []\n  while True: kept.append("x" * 10**7 + str(len(kept)))',
  Ends: 'import os\n  os._exit(0)',
  Crashes: 'import os\n  os.abort()',
  Garbage:
    'import os\n  for fd in range(3, 20):\n    try: os.write(fd, b"\\xff" * 100)\n    except OSError: pass\n  return True',
  OpensFile: 'return open("/etc/passwd").read() != ""',
  WritesFile: 'open("/tocsin/tocsin_rules.py", "w").write("x")\n  open("/etc/x", "w").write("x")',
  RunsProgram: 'import subprocess\n  return subprocess.run(["/bin/id"]).returncode == 0',
  CallsC: `import ctypes\n  if ctypes.CDLL(None).system(b"echo x > ${escaped}") != 0: raise PermissionError("denied")\n  return True`,
  Connects: 'import socket\n  socket.create_connection(("127.0.0.1", 1), 0.2)',
  Exits: 'raise SystemExit(0)',
  NotBool: 'return 1',
  Recurses: 'return rule(event)',
} as const;
type Hostile = keyof typeof hostile;
const hostileNames = Object.keys(hostile).filter((name): name is Hostile => name in hostile);

/** How its failure is told, and whether the rule is quarantined for it. */
const outcomes: Record<Hostile, { readonly error: RegExp; readonly quarantined: boolean }> = {
  Loops: { error: /^TimeLimit\('ran longer than 0\.3 s on one event'\)$/, quarantined: true },
  CatchesAll: { error: /^Stopped: ran on after it had been told to stop$/, quarantined: true },
  LoopsInC: { error: /^Stopped: no sign of life/, quarantined: true },
  EatsMemory: { error: /^MemoryError: ran out of memory$/, quarantined: true },
  HoardsMemory: { error: /^(MemoryError: ran out of memory|Stopped: the process ended)/, quarantined: true },
  Ends: { error: /^Stopped: the process ended/, quarantined: true },
  Crashes: { error: /^Stopped: the process ended/, quarantined: true },
  Garbage: { error: /^Stopped: /, quarantined: true },
  OpensFile: { error: /^FileNotFoundError/, quarantined: false },
  WritesFile: { error: /^(OSError|FileNotFoundError|PermissionError)/, quarantined: false },
  RunsProgram: { error: /^(FileNotFoundError|BlockingIOError|OSError|PermissionError)/, quarantined: false },
  CallsC: { error: /PermissionError\('denied'\)/, quarantined: false },
  Connects: { error: /Error/, quarantined: false },
  Exits: { error: /^SystemExit\(0\)$/, quarantined: false },
  NotBool: {
    error: /^FunctionReturnTypeError\('detection \[NotBool\] function \[rule\] returned \[int\], expected \[bool\]'\)$/,
    quarantined: false,
  },
  Recurses: { error: /^RecursionError/, quarantined: false },
};

export function describePythonRules(
  options: Pick<PythonOptions, 'engine'>,
  /** Outcomes that are other ones on this engine, with the reason. */
  differs: Partial<Record<Hostile, { readonly reason: string; readonly error: RegExp; readonly quarantined: boolean }>>,
): void {
  describe('what rules say', () => {
    let rules: PythonRules;
    beforeAll(async () => {
      rules = await startPythonRules({
        ...options,
        rules: [
          pythonRule(
            'Port',
            'T',
            'def rule(event):\n  return event["port"] == 21\ndef title(event):\n  return f"Port {event[\'PORT\']}"',
          ),
          pythonRule(
            'All',
            'T',
            `import helper
def rule(event): return helper.yes()
def dedup(event): return 'd' * 1001
def severity(event): return 'low'
def description(event): return 'about'
def reference(event): return 1 / 0
def runbook(event): return ''
def destinations(event): return ['SKIP']
def unique(event): return str(event['port'])
def alert_context(event): return {'event': event, 'nan': float('nan'), 'set': {'b', 'a'}}`,
          ),
          pythonRule(
            'Aux',
            'T',
            `def rule(event): return True
def title(event): return 1 / 0
def dedup(event): return ''
def severity(event): return 'huge'
def destinations(event): return 'mail'
def unique(event): return 5
def alert_context(event): return {'a': 'x' * 204800}`,
          ),
          pythonRule('Udm', 'M', 'def rule(event): return event.udm("ip") == "1.2.3.4" and event.udm("kind") == "k"'),
          pythonRule('Syntax', 'T', 'import os\ndef rule(event)\n  return True'),
          pythonRule('Import', 'T', 'import os\nimport nowhere\ndef rule(event): return True'),
          pythonRule('NoRule', 'T', 'x = 1'),
          pythonRule('Port', 'T', 'def rule(event): return True'),
          pythonRule('Off', 'T', 'def rule(event): return True', {
            detection: { ...about, id: 'Off', file: 'rules/Off.py', logTypes: ['T'], enabled: false },
          }),
        ],
        modules: [{ name: 'helper', file: 'helpers/helper.py', source: 'def yes(): return True' }],
        models: [
          {
            id: 'Model',
            file: 'models/m.py',
            logTypes: ['M'],
            paths: { ip: '$.client.ipAddress' },
            methods: { kind: 'kind' },
            source: 'def kind(event): return event.get("Kind")',
          },
        ],
      });
    });
    afterAll(() => rules.close());

    test('a match has the defaults, and its title is the dedup string', async () => {
      const batch = batchOf('T', { port: 443 }, { port: 21 }, {});
      const signals = (await rules.run(batch)).filter(({ detection }) => detection === 'Port');
      expect(signals).toEqual([
        {
          detection: 'Port',
          logType: 'T',
          rowId: 'r1',
          time: 101,
          title: 'Port 21',
          dedup: 'Port 21',
          severity: 'MEDIUM',
          event: batch.events.toString().split('\n')[1],
        },
        expect.objectContaining({
          rowId: 'r2',
          error: "KeyError('port')",
          title: "KeyError('port')",
          dedup: 'KeyError',
        }),
      ]);
    });
    test('functions say the rest', async () => {
      const [signal] = (await rules.run(batchOf('T', { port: 1 }))).filter(({ detection }) => detection === 'All');
      expect(signal).toMatchObject({
        title: 'All',
        dedup: `${'d'.repeat(985)}... (truncated)`,
        severity: 'LOW',
        description: 'about',
        destinations: [],
        unique: '1',
        context: { event: { port: 1, p_row_id: 'r0' }, nan: 'nan', set: ['a', 'b'] },
      });
      expect(signal).not.toHaveProperty('reference');
      expect(signal).not.toHaveProperty('runbook');
    });
    test('functions that fail do not lose the match', async () => {
      const [signal] = (await rules.run(batchOf('T', { port: 1 }))).filter(({ detection }) => detection === 'Aux');
      expect(signal).toMatchObject({ title: 'Aux', dedup: 'Aux', severity: 'MEDIUM', unique: '' });
      expect(signal).not.toHaveProperty('destinations');
      expect(signal?.context?.['_error']).toMatch(/alert_context size is \[204809\] .* maximum of \[204800\]/);
    });
    test('data models give unified names', async () => {
      const signals = await rules.run(batchOf('M', { client: { ipaddress: '1.2.3.4' }, kind: 'k' }));
      expect(signals.map(({ detection }) => detection)).toEqual(['Udm']);
    });
    test('what does not load is a problem with its place', () =>
      expect(rules.problems.map(formatProblem)).toEqual([
        'rules/Port.py: Port is the id of the rule in rules/Port.py already',
        expect.stringMatching(/^rules\/Syntax\.py:2:\d+: SyntaxError: expected ':'$/),
        expect.stringMatching(/^rules\/Import\.py:2:\d+: ModuleNotFoundError/),
        expect.stringMatching(/^rules\/NoRule\.py: AttributeError.*rule\(event\)/),
      ]));
    test('a line that is no object is an error of each rule', async () => {
      const signals = await rules.run({ logType: 'M', events: Buffer.from('[1]\n{"a":'), times: new Float64Array(2) });
      expect(signals.map(({ error }) => error?.slice(0, 9))).toEqual(['TypeError', 'JSONDecod']);
    });
    test('no rule for the log type, no question', async () => expect(await rules.run(batchOf('X', {}))).toEqual([]));
    test('the wall is told', () => expect(rules.wall).toMatch(/bwrap|node --permission/));
  });

  describe('event.lookup', () => {
    const user = 'event.lookup("users", event["user"])';
    const asked: unknown[] = [];
    let rules: PythonRules;
    beforeAll(async () => {
      rules = await startPythonRules({
        ...options,
        limits: { callMs: 300, batchMs: 5000 },
        rules: [
          pythonRule('Admin', 'T', `def rule(event): return (${user} or {}).get("ADMIN") is True`),
          pythonRule('Copies', 'T', `def rule(event):\n  ${user}["admin"] = True\n  return True`),
          pythonRule('Loops', 'L', 'def rule(event):\n  while True: event.lookup("users", "b")'),
          pythonRule(
            'Asks',
            'A',
            `import json, os
def rule(event):
  question = json.dumps({"lookup": ["big", "b"], "event": 0}).encode()
  while True:
    for fd in range(3, 20):
      try: os.write(fd, len(question).to_bytes(4, "big") + question)
      except OSError: pass`,
          ),
        ],
        modules: [],
        models: [],
        lookup(table, key, time) {
          if (table === 'users') asked.push([key, time]);
          if (table === 'big') return 'x'.repeat(2 ** 20);
          return key === 'ä' ? { admin: true, name: 'ä' } : undefined;
        },
      });
    });
    afterAll(() => rules.close());

    test('is the row at the time of the event, or None', async () => {
      const signals = await rules.run(batchOf('T', { user: 'b' }, { user: 'ä' }));
      expect(signals.map(({ detection, rowId, error }) => [detection, rowId, error])).toEqual([
        ['Copies', 'r0', 'TypeError("\'NoneType\' object does not support item assignment")'],
        ['Admin', 'r1', undefined],
        ['Copies', 'r1', 'TypeError("\'EventObject\' object does not support item assignment")'],
      ]);
      expect(asked).toEqual([
        ['b', 100],
        ['b', 100],
        ['ä', 101],
        ['ä', 101],
      ]);
    });
    test('is not what the log says', async () => {
      const signals = await rules.run(
        batchOf('T', { user: 'b', _mocked_lookup_data_: { users: { b: { admin: true } } } }),
      );
      expect(signals.map(({ detection }) => detection)).toEqual(['Copies']);
    });
    test('that does not end is stopped, and later questions get their own answers', { timeout: 60_000 }, async () => {
      expect(await rules.run(batchOf('L', {}))).toMatchObject([
        { detection: 'Loops', error: "TimeLimit('ran longer than 0.3 s on one event')" },
      ]);
      const signals = await rules.run(batchOf('T', { user: 'ä' }));
      expect(signals.map(({ detection }) => detection)).toEqual(['Admin', 'Copies']);
    });
    test('whose answers are not read is stopped', { timeout: 60_000 }, async () => {
      expect(await rules.run(batchOf('A', {}))).toMatchObject([
        { detection: 'Asks', error: 'Stopped: asks for rows and does not read them' },
      ]);
      expect(rules.quarantined().map(({ id }) => id)).toContain('Asks');
    });
    test('in a test is what the test says', async () => {
      const log = { user: 'b', _mocked_lookup_data_: { users: { b: { admin: true } } } };
      const tests: PythonTest[] = [
        { name: 'mocked', match: true, log, mocks: [] },
        { name: 'nothing', match: false, log: { user: 'ä' }, mocks: [] },
      ];
      const rule = pythonRule('Admin', 'T', '', { tests });
      expect((await rules.test(rule)).map(({ name, passed }) => [name, passed])).toEqual([
        ['mocked', true],
        ['nothing', true],
      ]);
    });
    test('in a test with tables is what they say, unless the test says it', async () => {
      const mock = { users: { b: { admin: true } } };
      const tests: PythonTest[] = [
        { name: 'mocked', match: true, log: { user: 'b', _mocked_lookup_data_: mock }, mocks: [] },
        { name: 'mocked otherwise', match: false, log: { user: 'ä', _mocked_lookup_data_: mock }, mocks: [] },
        { name: 'of the tables', match: true, log: { user: 'ä', n: 1 }, mocks: [] },
        { name: 'nothing', match: false, log: { user: 'c', n: 2 }, mocks: [] },
      ];
      const questions: unknown[] = [];
      const rule = pythonRule('Admin', 'T', '', { tests });
      const results = await rules.test(rule, ({ n }, table, key) => {
        questions.push([n, table, key]);
        return table === 'users' && key === 'ä' ? { admin: true } : undefined;
      });
      expect(results.map(({ name, passed }) => [name, passed])).toEqual(tests.map(({ name }) => [name, true]));
      expect(questions).toEqual([
        [1, 'users', 'ä'],
        [2, 'users', 'c'],
      ]);
      expect((await rules.test(rule)).map(({ passed }) => passed)).toEqual([true, true, false, true]);
    });
  });

  describe('a rule that', () => {
    let rules: PythonRules;
    const told: Quarantined[] = [];
    beforeAll(async () => {
      rules = await startPythonRules({
        ...options,
        limits: { callMs: 300, batchMs: 5000, memoryBytes: 256 * 2 ** 20 },
        rules: Object.entries(hostile).flatMap(([name, body]) => [
          pythonRule(name, name, `def rule(event):\n  ${body}`),
          pythonRule(`${name}.Good`, name, 'def rule(event): return event["n"] == 2'),
        ]),
        modules: [],
        models: [],
        onHealth: (quarantined) => told.push(quarantined),
      });
    });
    afterAll(() => rules.close());

    for (const name of hostileNames) {
      const different = differs[name];
      test(`${name}${different === undefined ? '' : ` (${different.reason})`} is contained`, {
        timeout: 60_000,
      }, async () => {
        const { error, quarantined } = different ?? outcomes[name];
        const signals = await rules.run(batchOf(name, { n: 1 }, { n: 2 }));
        const of = (id: string): Signal[] => signals.filter(({ detection }) => detection === id);
        expect(of(`${name}.Good`).map(({ rowId }) => rowId)).toEqual(['r1']);
        const errors = of(name).filter((signal) => signal.error !== undefined);
        expect(errors[0]?.error).toMatch(error);
        expect(rules.quarantined().some(({ id }) => id === name)).toBe(quarantined);
        expect(told.some(({ id }) => id === name)).toBe(quarantined);
        if (!quarantined) return;
        const again = await rules.run(batchOf(name, { n: 1 }, { n: 2 }));
        expect([...errors, ...again].map(({ detection }) => detection)).toEqual([name, `${name}.Good`]);
      });
    }
    test('calls C reaches no shell of the machine', () => expect(existsSync(escaped)).toBe(false));
    test('is none is never quarantined', () =>
      expect(rules.quarantined().filter(({ id }) => id.endsWith('.Good'))).toEqual([]));
  });

  test('a rule that does not end while it is loaded is left out', { timeout: 60_000 }, async () => {
    const rules = await startPythonRules({
      ...options,
      limits: { callMs: 300, batchMs: 5000 },
      rules: [
        pythonRule('Loops', 'T', 'while True: pass'),
        pythonRule('Ends', 'T', 'import os\nos._exit(1)'),
        pythonRule('Good', 'T', 'def rule(event): return True'),
      ],
      modules: [],
      models: [],
    });
    try {
      expect((await rules.run(batchOf('T', {}))).map(({ detection }) => detection)).toEqual(['Good']);
      expect(rules.problems.map(({ file }) => file).toSorted()).toEqual(['rules/Ends.py', 'rules/Loops.py']);
    } finally {
      rules.close();
    }
  });
}
