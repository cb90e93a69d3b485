// Python rules on the main thread: one process behind a wall, batches of events to it, signals back. A rule that loops,
// eats memory or ends the process is found, quarantined and told of; the batch goes on without it.
// It must not run Python itself, nor know how events came to be or what becomes of signals.

import type { Detection, Signal } from '../core/detection.ts';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import type { Problem } from '../core/problem.ts';
import { chooseEngine, type EngineChoice } from './python-engine.ts';
import { type Answer, type PythonProcess, talkTo } from './python-process.ts';
import type { PythonModel, PythonModule, PythonRule, PythonTest } from './python-rule.ts';
import { type BatchOfEvents, linesOf, signalOf, stoppedSignal } from './python-signal.ts';
import { defaultPythonLimits, type PythonLimits, tellLoad } from './python-load.ts';
import { failedTest, readTestResults } from './python-test.ts';
import type { RuleTestResult } from './test-result.ts';
import { uniqueRules } from './unique.ts';

export interface PythonOptions {
  readonly rules: readonly PythonRule[];
  readonly modules: readonly PythonModule[];
  readonly models: readonly PythonModel[];
  readonly engine?: EngineChoice;
  readonly limits?: Partial<PythonLimits>;
  /** Called when a rule is quarantined. */
  readonly onHealth?: (quarantined: Quarantined) => void;
  /** Answers `event.lookup(table, key)`; `time` is the event's, epoch ms. Without it there are no rows. */
  readonly lookup?: (table: string, key: string, time: number) => Json | undefined;
  /** What rules print, in pieces as they come. */
  readonly onOutput?: (text: string) => void;
}

export interface Quarantined {
  readonly id: string;
  /** One sentence. It holds until the rules are started anew. */
  readonly reason: string;
}

export interface PythonBatch {
  readonly logType: string;
  /** One event as JSON per line, with `p_row_id`, `p_log_type` and `p_event_time`. */
  readonly events: Uint8Array;
  /** Event time per line, epoch ms. */
  readonly times: Float64Array;
}

export interface PythonRules {
  /** Which Python runs, and behind which wall: a sentence. */
  readonly wall: string;
  /** Rules, modules and data models that do not load. They are left out. */
  readonly problems: readonly Problem[];
  /** In the order of the events, then of the rules. Batches wait for each other. */
  run(batch: PythonBatch): Promise<readonly Signal[]>;
  /** `lookup` answers `event.lookup(table, key)` where the event of the test does not say it itself. */
  test(rule: PythonRule, lookup?: TestLookup): Promise<readonly RuleTestResult[]>;
  quarantined(): readonly Quarantined[];
  close(): void;
}

export type TestLookup = (log: PythonTest['log'], table: string, key: string) => Json | undefined;

const noBody = new Uint8Array();

export async function startPythonRules(options: PythonOptions): Promise<PythonRules> {
  const limits = { ...defaultPythonLimits, ...options.limits };
  const engine = await chooseEngine(options.engine ?? 'auto', limits.memoryBytes);
  const rules = uniqueRules(options.rules);
  const problems: Problem[] = [...rules.problems];
  const numbered = rules.rules.map((rule, index) => ({ rule, number: index + 1 }));
  const unloaded = new Set<number>();
  const reasons = new Map<number, string>();
  const silenceMs = 2 * limits.callMs + 1000;
  let closed = false;
  let isFirstStart = true;
  let isFresh = true;
  let child: PythonProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function detectionOf(number: number): Detection | undefined {
    return numbered[number - 1]?.rule.detection;
  }
  function quarantine(number: number, reason: string): void {
    const detection = detectionOf(number);
    if (detection === undefined || reasons.has(number)) return;
    reasons.set(number, reason);
    options.onHealth?.({ id: detection.id, reason });
  }

  /** A process with the rules that are not quarantined. A rule that cannot even be loaded is quarantined on the way. */
  async function start(): Promise<PythonProcess> {
    for (let attempt = 0; attempt <= numbered.length + 2; attempt++) {
      if (closed) throw new Error('the Python rules are closed');
      const process = talkTo(engine.spawn(), options.onOutput ?? (() => undefined));
      const loaded = numbered.filter(({ number }) => !reasons.has(number) && !unloaded.has(number));
      const request = { m: 'load', ...tellLoad(loaded, options.modules, options.models, limits) };
      const startMs = engine.startMs + 5 * limits.batchMs;
      const answer = await process.ask(request, noBody, { silenceMs: engine.startMs + silenceMs, totalMs: startMs });
      if (answer.kind === 'done') {
        if (isFirstStart) takeProblems(answer.done['problems']);
        isFirstStart = false;
        isFresh = true;
        return process;
      }
      process.kill();
      const reason = answer.kind === 'dead' ? answer.reason : 'ran out of memory';
      const detection = detectionOf(answer.rule);
      if (detection !== undefined) {
        problems.push({ file: detection.file, message: `while it was loaded: ${reason}` });
        quarantine(answer.rule, `while it was loaded: ${reason}`);
      } else if (attempt >= 2) throw new Error(`Python does not start: ${reason}`);
    }
    throw new Error('bug: more rules were quarantined than there are');
  }
  function takeProblems(told: unknown): void {
    for (const problem of Array.isArray(told) ? told : []) {
      if (!isObject(problem) || typeof problem['message'] !== 'string') continue;
      const { n, file, line, column, message } = problem;
      const known = typeof n === 'number' ? detectionOf(n) : undefined;
      if (known !== undefined) unloaded.add(Number(n));
      problems.push({
        file: typeof file === 'string' ? file : (known?.file ?? ''),
        ...(typeof line === 'number' && { line }),
        ...(typeof column === 'number' && { column }),
        message,
      });
    }
  }
  async function restart(): Promise<PythonProcess> {
    child?.kill();
    child = await start();
    return child;
  }

  function applicable(logType: string): readonly number[] {
    return numbered
      .filter(({ rule: { detection }, number }) => {
        return (
          detection.enabled && detection.logTypes.includes(logType) && !reasons.has(number) && !unloaded.has(number)
        );
      })
      .map(({ number }) => number);
  }

  async function runBatch({ logType, events, times }: PythonBatch): Promise<readonly Signal[]> {
    const batch: BatchOfEvents = { logType, lines: linesOf(events), times };
    const stopped: Signal[] = [];
    let careful = false;
    for (;;) {
      const numbers = applicable(logType);
      if (numbers.length === 0) return stopped;
      child ??= await restart();
      const wasFresh = isFresh;
      const factor = wasFresh ? 5 : 1;
      const request = { m: 'run', logType, rules: numbers, careful };
      // Python stops the slowest rule by itself at the limit, more than once if need be.
      const totalMs = factor * limits.batchMs * 3 + silenceMs;
      const answer = await child.ask(request, events, { silenceMs, totalMs }, findRow);
      if (closed) throw new Error('the Python rules are closed');
      if (answer.kind === 'done') {
        isFresh = false;
        takeStopped(answer);
        return [...signalsOf(answer), ...stopped];
      }
      const reason = answer.kind === 'dead' ? answer.reason : 'ran out of memory';
      // Without a culprit the batch runs again with every call announced; memory may have been another rule's.
      const isCulprit = detectionOf(answer.rule) !== undefined && (answer.kind === 'dead' || wasFresh);
      if (isCulprit) stop(answer.rule, answer.line, answer.kind === 'dead' ? 'Stopped' : 'MemoryError', reason);
      else if (careful && answer.kind === 'dead') {
        for (const number of numbers) stop(number, 0, 'Stopped', reason, false);
        child = undefined;
        return stopped;
      }
      careful = !isCulprit && answer.kind === 'dead';
      await restart();
    }

    function findRow(table: string, key: string, line: number): Json | undefined {
      return options.lookup?.(table, key, times[line] ?? 0);
    }
    function signalsOf(answer: Answer & { kind: 'done' }): Signal[] {
      return answer.hits.flatMap((hit) => {
        const detection = detectionOf(hit.rule);
        const signal = detection && signalOf(hit, detection, batch);
        return signal === undefined ? [] : [signal];
      });
    }
    function stop(number: number, line: number, name: string, reason: string, forGood = true): void {
      const detection = detectionOf(number);
      if (detection === undefined) return;
      stopped.push(stoppedSignal(line, name, reason, detection, batch));
      if (forGood) quarantine(number, reason);
    }
  }
  function takeStopped({ done }: Answer & { kind: 'done' }): void {
    for (const pair of Array.isArray(done['stopped']) ? done['stopped'] : []) {
      const [number, reason]: readonly unknown[] = Array.isArray(pair) ? pair : [];
      if (typeof number === 'number') quarantine(number, String(reason));
    }
  }

  async function testRule(rule: PythonRule, lookup?: TestLookup): Promise<readonly RuleTestResult[]> {
    const entry = numbered.find((candidate) => candidate.rule.detection.id === rule.detection.id);
    if (entry === undefined || unloaded.has(entry.number) || reasons.has(entry.number)) {
      const reason = (entry && reasons.get(entry.number)) ?? 'the rule does not load';
      return rule.tests.map((test) => failedTest(test, reason));
    }
    child ??= await restart();
    const tests = rule.tests.map(({ log, mocks }) => ({ log, mocks }));
    const request = { m: 'test', rule: entry.number, tests, tables: lookup !== undefined };
    const times = { silenceMs, totalMs: 5 * limits.batchMs };
    const answer = await child.ask(request, noBody, times, (table, key, number) => {
      const log = rule.tests[number]?.log;
      return log && lookup?.(log, table, key);
    });
    if (answer.kind === 'done') return readTestResults(answer.done['tests'], rule);
    child.kill();
    child = undefined;
    const error = answer.kind === 'dead' ? answer.reason : 'ran out of memory';
    return rule.tests.map((test) => failedTest(test, error));
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  child = await start();
  return {
    wall: engine.wall,
    problems,
    run: (batch) => inTurn(() => runBatch(batch)),
    test: (rule, lookup) => inTurn(() => testRule(rule, lookup)),
    quarantined: () => [...reasons].map(([number, reason]) => ({ id: detectionOf(number)?.id ?? '', reason })),
    close() {
      closed = true;
      child?.kill();
    },
  };
}
