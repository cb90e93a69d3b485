// What users and senders get wrong: each has an error that says what and where, and everything else goes on. What takes
// longer is in integration/bad-input.test.ts.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorsOf, pythonRule, goodRules, statesOf, titlesOf, typescriptRule } from './bad-rule.ts';
import {
  makeWorkspace,
  type Program,
  push,
  sourceOf,
  startProgram,
  startTimeoutMs,
  until,
  type Workspace,
} from './program.ts';

const config = `listen: 127.0.0.1:0
sources:
  - {id: push, type: http, schemas: [Custom.Word]}
  - {id: late, type: http, schemas: [Custom.Late]}
`;
const schema = 'schema: Custom.Word\nfields:\n  - {name: word, type: string, required: true}\n';

let workspace: Workspace;
let program: Program;

beforeAll(async () => {
  workspace = await makeWorkspace({
    'tocsin.yml': config,
    'schemas/word.yml': schema,
    'schemas/late.yml': 'schema: Custom.Late\nfields:\n  - name: [word\n',
    'schemas/type.yml': 'schema: Custom.Typo\nfields:\n  - {name: word, type: sting}\n',
    'lookups/broken.yml': 'LookupName: broken\n  Schema: [\n',
    ...goodRules,
    'rules/typescript.ts':
      "import { rule } from 'tocsin';\nexport default rule({\n  id: 'Bad.TypeScript',\n  match: (event => true,\n});\n",
    'rules/yaml.yml': 'AnalysisType: rule\nRuleID: [Bad.Yaml\n',
    ...pythonRule('Syntax', 'def rule(event)\n    return True\n'),
    ...pythonRule('Throws', 'def rule(event):\n    return 1 / 0 > 0\n'),
    ...pythonRule('Opens', 'def rule(event):\n    return len(open("/etc/passwd").read()) > 0\n'),
    ...pythonRule('Memory', 'def rule(event):\n    return len([0] * 10**10) > 0\n'),
    ...pythonRule('Exits', 'import os\ndef rule(event):\n    os._exit(3)\n'),
    ...typescriptRule('Throws', 'event.nothing.deeper'),
    ...typescriptRule('Exits', 'process.exit(3)'),
  });
  await workspace.write(
    'rules/ctypes.py',
    `import ctypes\ndef rule(event):\n    assert ctypes.CDLL(None).system(b"touch ${workspace.at('touched')}") == 0, "no shell"\n    return True\n`,
  );
  await workspace.write('rules/ctypes.yml', pythonRule('Ctypes', '', 'ctypes')['rules/ctypes.yml'] ?? '');
  program = await startProgram(workspace);
}, startTimeoutMs);
afterAll(async () => {
  await program?.stop();
  await workspace?.remove();
}, startTimeoutMs);

test.each([
  ['a schema that is no YAML', /^schemas\/late\.yml:\d+:\d+: YAML: /m],
  ['a schema with a type that does not exist', /^schemas\/type\.yml:3:\d+: fields\[0\]\.type: .*string/m],
  ['a look-up that is no YAML', /^lookups\/broken\.yml:\d+:\d+: YAML: /m],
  ['a document of a rule that is no YAML', /^rules\/yaml\.yml:\d+:\d+: YAML: /m],
  ['a Python rule with a syntax error', /^rules\/python-syntax\.py:1:16: SyntaxError: expected ':'$/m],
  ['a TypeScript rule with a syntax error', /^rules\/typescript\.ts:\d+:\d+: SyntaxError: /m],
])('the start tells the place and the reason of %s', (_what, expected) => {
  expect(program.stderr()).toMatch(expected);
});

test('doctor tells the same while it runs, and fails', async () => {
  const { code, stdout } = await workspace.tocsin('doctor');
  expect(code).toBe(1);
  for (const file of ['schemas/late.yml', 'rules/yaml.yml', 'rules/typescript.ts', 'rules/python-syntax.py']) {
    expect(stdout).toContain(file);
  }
});

test('a source whose schema is broken is not read, and says why; the others are', async () => {
  const late = await sourceOf(program, 'late');
  expect(late.state).toBe('failing');
  expect(late.message).toMatch(/no schema Custom\.Late.*schemas\/late\.yml/);
  const refused = await push(program, 'late', '{"word":"x"}\n');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await sourceOf(program, 'push')).toMatchObject({ state: 'healthy' });
});

test(
  'rules that fail, open files, call the system, eat memory or end their process alert as errors; the others match',
  async () => {
    expect((await push(program, 'push', '{"word":"one"}\n')).status).toBe(200);
    await until(
      'all are through',
      async () => (await titlesOf(program)).length >= 2 && (await errorsOf(program)).size >= 7,
    );
    expect((await titlesOf(program)).toSorted()).toEqual(['python one', 'typescript one']);
    expect(Object.fromEntries(await errorsOf(program))).toEqual({
      'Python.Throws': expect.stringContaining('ZeroDivisionError'),
      'Python.Opens': expect.stringMatching(/FileNotFoundError|PermissionError|NotCapable/),
      'Python.Ctypes': expect.stringMatching(/no shell|ModuleNotFoundError|OSError/),
      'Python.Memory': expect.stringContaining('MemoryError'),
      'Python.Exits': expect.stringContaining('exit code 3'),
      'TypeScript.Throws': expect.stringContaining('TypeError: Cannot read properties of undefined'),
      'TypeScript.Exits': expect.stringContaining('stopped'),
    });
    expect(existsSync(workspace.at('touched'))).toBe(false);
  },
  startTimeoutMs,
);

test('the state of each rule says which one does not work, and why', async () => {
  expect(await statesOf(program)).toMatchObject({
    'Good.Python': ['healthy', ''],
    'Good.TypeScript': ['healthy', ''],
    'Python.Syntax': ['failing', expect.stringContaining("SyntaxError: expected ':'")],
    'Python.Throws': ['failing', 'failed on 1 events'],
    'Python.Memory': ['quarantined', expect.stringContaining('memory')],
    'Python.Exits': ['quarantined', expect.stringContaining('exit code 3')],
    'TypeScript.Exits': ['quarantined', expect.any(String)],
  });
});

test('the next batch goes to the rules that work, and to them alone', async () => {
  const before = await errorsOf(program);
  await push(program, 'push', '{"word":"two"}\n');
  await until('both match', async () => (await titlesOf(program)).length === 4);
  expect([...(await errorsOf(program)).keys()].toSorted()).toEqual([...before.keys()].toSorted());
});

test('invalid UTF-8 is an event with U+FFFD in its place, and the record is kept', async () => {
  const bytes = Buffer.concat([Buffer.from('{"word":"caf'), Buffer.from([0xe9]), Buffer.from('"}\n')]);
  expect((await push(program, 'push', new Uint8Array(bytes))).status).toBe(200);
  const rows = await until('the event', async () => {
    const found = await program.query("SELECT word, hex(p_raw) AS raw FROM custom_word WHERE startsWith(word, 'caf')");
    return found.length > 0 ? found : undefined;
  });
  expect(rows).toEqual([{ word: 'caf\uFFFD', raw: bytes.subarray(0, -1).toString('hex').toUpperCase() }]);
  // A batch's tables are written one after the other.
  await until('it is counted', async () => {
    const [told] = await program.query("SELECT sum(records) AS n FROM ingest_stats WHERE reason LIKE '%no UTF-8%'");
    return told?.['n'] === 1;
  });
});

test('an unknown key in tocsin.yml ends the start with its place and the key that was meant', async () => {
  const other = await makeWorkspace({ 'tocsin.yml': 'listen: 127.0.0.1:0\nretentoin: {events: 3d}\n' });
  try {
    const { code, stderr } = await other.tocsin('run');
    expect([code, stderr]).toEqual([78, 'tocsin.yml:2:1: unknown key `retentoin`; did you mean `retention`?\n']);
    const doctor = await other.tocsin('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain('tocsin.yml:2:1: unknown key `retentoin`');
  } finally {
    await other.remove();
  }
});
