import { describe, expect, test } from 'vitest';
import { cpython } from './python-engine.ts';
import { startPythonRules } from './python-host.ts';
import { batchOf, describePythonRules, pythonRule } from './python-host.suite.ts';

const engine = await cpython(256 * 2 ** 20);
const missing = typeof engine === 'string' ? ` (skipped: ${engine})` : '';

describe.skipIf(missing !== '')(`Python rules in CPython behind bwrap${missing}`, () => {
  describePythonRules({ engine: 'cpython' }, {});

  test('a rule that is late while it waits for a row is told when the row is there', async () => {
    const rules = await startPythonRules({
      engine: 'cpython',
      limits: { callMs: 20 },
      rules: [
        pythonRule(
          'Late',
          'T',
          `def rule(event):
  told = ""
  try: event.lookup("slow", "a")
  except BaseException as error: told = type(error).__name__
  while True:
    # It may be told once more before it has asked again.
    try: return told == "TimeLimit" and event.lookup("fast", "a") == {"table": "fast"}
    except BaseException: pass`,
        ),
      ],
      modules: [],
      models: [],
      lookup(table) {
        if (table === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
        return { table };
      },
    });
    try {
      expect(await rules.run(batchOf('T', {}))).toMatchObject([{ detection: 'Late', rowId: 'r0', title: 'Late' }]);
    } finally {
      rules.close();
    }
  });
});

test('Python rules in Pyodide behind node --permission', { timeout: 120_000 }, async () => {
  const rules = await startPythonRules({
    engine: 'pyodide',
    rules: [pythonRule('A', 'T', 'def rule(event): return event.deep_get("a", "B") == 1')],
    modules: [],
    models: [],
  });
  try {
    expect(await rules.run(batchOf('T', { a: { b: 1 } }))).toMatchObject([{ detection: 'A', rowId: 'r0' }]);
  } finally {
    rules.close();
  }
});
