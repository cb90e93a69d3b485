import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Signal } from '../core/detection.ts';
import type { Event } from '../core/event.ts';
import { formatProblem } from '../core/problem.ts';
import { type RuleDefinition, rule } from './rule.ts';
import { createEvaluator, progressLength } from './typescript.ts';
import { readDefinition } from './typescript-definition.ts';

const minimal: RuleDefinition = { id: 'A.B', logTypes: ['T'], severity: 'High', match: () => true };
const event: Event = {
  p_log_type: 'T',
  p_row_id: 'r1',
  p_event_time: '2026-01-01 00:00:00.000',
  p_parse_time: '2026-01-01 00:00:01.000',
  p_source_id: 's',
  port: 21,
};

/** Signals of one event through rules with these parts. */
function run(...parts: readonly Partial<RuleDefinition>[]): Signal[] {
  const rules = parts.map((part, index) => {
    const read = readDefinition({ ...minimal, id: `A.${index}`, ...part }, 'a.ts');
    if ('problems' in read) throw new Error(read.problems.map(formatProblem).join('\n'));
    return read;
  });
  const signals: Signal[] = [];
  createEvaluator(rules, 'T', new Int32Array(progressLength), new Set(), signals)(event, 5);
  return signals;
}

function fail(): never {
  throw new RangeError('no');
}

/** Text of a rule file. */
function valid(id: string): string {
  const about = `id: '${id}', logTypes: ['T'], severity: 'High'`;
  return `import { rule } from 'tocsin';
    export default rule<{ port: number }>({ ${about}, match: (e): boolean => e.port === 21 });`;
}

describe('a match', () => {
  test('has the defaults of the file', () => {
    expect(run({})).toEqual([
      {
        detection: 'A.0',
        logType: 'T',
        rowId: 'r1',
        time: 5,
        title: 'A.0',
        dedup: 'defaultDedupString:A.0',
        severity: 'HIGH',
        event: JSON.stringify(event),
      },
    ]);
  });
  test('has what the functions say', () => {
    const [signal] = run({
      title: (e) => `Port ${String(e['port'])}`,
      severity: () => 'low',
      description: () => 'd',
      destinations: () => ['a'],
      unique: (e) => `${String(e['port'])}/tcp`,
      context: (e) => ({ port: Number(e['port']) }),
    });
    expect(signal).toMatchObject({
      title: 'Port 21',
      dedup: 'Port 21',
      severity: 'LOW',
      description: 'd',
      destinations: ['a'],
      unique: '21/tcp',
      context: { port: 21 },
    });
  });
  test('false is none', () => expect(run({ match: () => false })).toEqual([]));
  test('DEFAULT is the severity of a function', () =>
    expect(run({ severity: () => 'DEFAULT' })[0]?.severity).toBe('MEDIUM'));
  test('is cut to 1000 characters', () => {
    const title = run({ title: () => 'x'.repeat(1001) })[0]?.title ?? '';
    expect(title).toHaveLength(1000);
    expect(title.endsWith('x... (truncated)')).toBe(true);
  });
  test('a context that is too large says so', () =>
    expect(run({ context: () => ({ a: 'x'.repeat(204_800) }) })[0]?.context).toEqual({
      _error: 'RangeError: alert_context size is [204808] characters, bigger than maximum of [204800] characters',
    }));
  test('functions that fail do not lose it', () => {
    const [signal] = run({
      displayName: 'Name',
      title: fail,
      dedup: fail,
      severity: fail,
      description: fail,
      destinations: fail,
      unique: fail,
      context: fail,
    });
    expect(signal).toMatchObject({
      unique: '',
      title: 'Name',
      dedup: 'Name',
      severity: 'MEDIUM',
      context: { _error: 'RangeError: no' },
    });
    expect(signal).not.toHaveProperty('description');
    expect(signal).not.toHaveProperty('destinations');
    expect(signal).not.toHaveProperty('error');
  });
});

describe('a rule that fails', () => {
  test('gives an error signal, and the others go on', () => {
    const fails = {
      match: (): boolean => {
        throw new TypeError('x is not a function');
      },
    };
    expect(run(fails, {})).toMatchObject([
      { detection: 'A.0', error: 'TypeError: x is not a function', dedup: 'TypeError' },
      { detection: 'A.1', title: 'A.1' },
    ]);
  });
  test('must answer true or false', () =>
    expect(run({ match: () => JSON.parse('1') })[0]?.error).toBe(
      'TypeError: detection [A.0] function [match] returned [number], expected [boolean]',
    ));
  test('may throw anything', () => {
    const nothing: unknown = Object.create(null);
    expect(
      run({
        match: () => {
          throw nothing;
        },
      })[0]?.error,
    ).toBe('an error that cannot be shown');
  });
});

describe('the evaluator', () => {
  test('leaves out what is disabled, skipped or of another log type', () => {
    const rules = [{}, { enabled: false }, { logTypes: ['U'] }, {}].map((part, index) => {
      const read = readDefinition({ ...minimal, id: `A.${index}`, ...part }, 'a.ts');
      if ('problems' in read) throw new Error('bad rule');
      return read;
    });
    const signals: Signal[] = [];
    createEvaluator(rules, 'T', new Int32Array(2), new Set(['A.3']), signals)(event, 0);
    expect(signals.map(({ detection }) => detection)).toEqual(['A.0']);
  });
  test('says which rule runs', () => {
    const progress = new Int32Array(progressLength);
    const seen: number[] = [];
    const spy = {
      match: (): boolean => {
        seen.push(...progress);
        return false;
      },
    };
    const rules = [spy, spy].flatMap((part, index) => {
      const read = readDefinition({ ...minimal, id: `A.${index}`, ...part }, 'a.ts');
      return 'problems' in read ? [] : [read];
    });
    const evaluate = createEvaluator(rules, 'T', progress, new Set(), []);
    evaluate(event, 0);
    evaluate(event, 0);
    expect(seen).toEqual([1, 0, 2, 0, 1, 1, 2, 1]);
    expect([...progress]).toEqual([0, 2]);
  });
});

describe('loading', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tocsin-rules-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What the loader says of a file with this text, in a thread of its own as in the program. */
  async function load(...texts: readonly string[]): Promise<{ rules: readonly string[]; problems: readonly string[] }> {
    const files = texts.map((_, index) => ({ path: join(folder, `r${index}.ts`), name: `rules/r${index}.ts` }));
    for (const [index, text] of texts.entries()) await writeFile(join(folder, `r${index}.ts`), text);
    const code = `import { parentPort } from 'node:worker_threads';
      import { formatProblem } from ${JSON.stringify(new URL('../core/problem.ts', import.meta.url).href)};
      import { loadTypeScriptRules } from ${JSON.stringify(new URL('./typescript.ts', import.meta.url).href)};
      const { rules, problems } = await loadTypeScriptRules(${JSON.stringify(files)});
      parentPort.postMessage({ rules: rules.map((rule) => rule.detection.id), problems: problems.map(formatProblem) });`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { execArgv: [] });
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
    } finally {
      await worker.terminate();
    }
  }
  test('a rule', async () => expect(await load(valid('A'))).toEqual({ rules: ['A'], problems: [] }));
  test('what does not load is a problem, and the others load', async () => {
    expect(
      await load(
        'const a: number = 1;\nfoo(;',
        "import { rule } from 'tocsin';\nimport { x } from './nowhere.ts';\nexport default rule({});",
        'export const a = 1;\nthrow new Error("at load");',
        'export const a = 1;',
        valid('B').replace('severity', 'threshhold: 1, severity'),
        valid('C').replace("'High'", "'Huge'"),
        valid('D').replace("['T']", '[]').replace('match', 'mach'),
        valid('E'),
        valid('E'),
      ),
    ).toEqual({
      rules: ['E'],
      problems: [
        'rules/r0.ts:2:5: SyntaxError: Expression expected',
        expect.stringMatching(/^rules\/r1\.ts: Error: Cannot find module '.*nowhere\.ts'/),
        'rules/r2.ts:2:7: Error: at load',
        'rules/r3.ts: expected `export default rule({ ... })`, found no default export',
        'rules/r4.ts: threshhold: unknown key, did you mean threshold?',
        'rules/r5.ts: severity: expected one of INFO, LOW, MEDIUM, HIGH, CRITICAL or expected a function',
        'rules/r6.ts: logTypes: too small: expected array to have >=1 items',
        'rules/r6.ts: match: expected a function',
        'rules/r6.ts: mach: unknown key, did you mean match?',
        'rules/r8.ts: E is the id of the rule in rules/r7.ts already',
      ],
    });
  });
});

test('rule() gives the definition back', () => expect(rule(minimal)).toBe(minimal));
