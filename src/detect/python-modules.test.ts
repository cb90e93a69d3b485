// Our own Python modules (python/), each fact an assert inside a rule that real Python runs.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchOf, pythonRule } from './python-host.suite.ts';
import { type PythonRules, startPythonRules } from './python-host.ts';
import { readPythonModules } from './python-rule.ts';

/** Each line must be true for the event `e`. */
const facts = {
  event: `e.get('UserName') == 'u' and e['USERNAME'] == 'u' and 'userName' in e
e.get('nope') is None and e.get('nope', 1) == 1
e.get('null', 1) is None and e.deep_get('null', default=1) == 1
fails(KeyError, lambda: e['nope'])
fails(TypeError, lambda: operator.setitem(e, 'a', 1)) and fails(TypeError, lambda: operator.delitem(e, 'a'))
fails(AttributeError, lambda: setattr(e, 'x', 1))
e.deep_get('A', 'B', 'c') == 3 and e.deep_get('a', 'b', 'd', default=0) == 0 and e.deep_get('list', 'x') is None
e['a'].deep_get('b', 'c') == 3 and isinstance(e['a'], Mapping) and not isinstance(e['a'], dict)
isinstance(e['list'], Sequence) and not isinstance(e['list'], list) and e['list'] == [1, [2], {'k': 'v'}]
e['list'][2].get('K') == 'v' and len(e['list']) == 3 and 1 in e['list'] and e['list'] + [4] == [1, [2], {'k': 'v'}, 4]
fails(TypeError, lambda: operator.setitem(e['list'], 0, 1)) and fails(AttributeError, lambda: e['list'].append(1))
e.deep_walk('rows', 'n') == [1, 2] and type(e.deep_walk('rows', 'n')) is list
e.deep_walk('rows', 'n', return_val='first') == 1 and e.deep_walk('rows', 'n', return_val='last') == 2
e.deep_walk('rows', 'only') == 'o' and e.deep_walk('rows', 'nope', default='d') == 'd'
len({e['a'], e['a'], e['list']}) == 2 and hash(e) == hash(e)
e.to_dict()['a'] == {'b': {'c': 3}} and type(e.to_dict()['list']) is list and type(e.copy()) is dict
json.loads(json.dumps(e['a'], default=PantherEvent.json_encoder)) == {'b': {'c': 3}}
str(e['a']) == "{'b': {'c': 3}}" and dict(e['a'].items())['b'] == {'c': 3}
PantherEvent({'x': 1}).udm('y', default=5) == 5 and e.udm('source_ip') == '9.9.9.9'
e.event_time_epoch() == 1767225600
e.get('__proto__') is None and e['__class__'] == 'evil'`,
  helpers: `deep_get({'a': {'b': None}}, 'a', 'b', default=2) == 2 and deep_get(e, 'a', 'b', 'c') == 3
deep_walk({'a': [{'b': 1}, {'b': 1}]}, 'a', 'b') == 1
is_ip_in_network('10.1.2.3', ['10.0.0.0/8']) and not is_ip_in_network('11.1.2.3', ['10.0.0.0/8'])
pattern_match('abc.exe', '*.exe') and pattern_match_list('x', ['y', 'x'])
defang_ioc('https://a.b/') == 'hxxps://a[.]b/'
is_base64('dGhpcyBpcyBhIGxvbmdlciB0ZXh0IHRvIGVuY29kZQ==') == 'this is a longer text to encode'
is_base64('short') == '' and is_base64('a' * 32) == ''
key_value_list_to_dict([{'k': 'a', 'v': 1}], 'k', 'v') == {'a': 1} and listify('a') == ['a']
time_delta('2026-01-01 00:00:00.000', '2026-01-02 01:00:03.000000000') == '1 day(s) 1 hour(s) 3 second(s)'
resolve_timestamp_string('1767225600000').isoformat() == '2026-01-01T00:00:00'
resolve_timestamp_string('01/Jan/2026:00:00:00 +0000').year == 2026 and resolve_timestamp_string('x') is None
severity_greater_than('HIGH', 'low') and "\\\\'" in pantherflow_investigation(PantherEvent({'p_any_x': ["'"]}))`,
  caching: `increment_counter('k') == 1 and increment_counter('k', 4) == 5 and get_counter('k') == 5
reset_counter('k') is None and get_counter('k') == 0
put_string_set('s', ['a']) is None and add_to_string_set('s', 'b') == {'a', 'b'} and remove_from_string_set('s', 'a') == {'b'}
put_string_set('s', []) is None and get_string_set('s') == set()
put_dictionary('d', {'a': 1}) is None and get_dictionary('d') == {'a': 1}
increment_counter('t', epoch_seconds=-1) == 1 and get_counter('t') == 0
[evaluate_threshold('e', 2), evaluate_threshold('e', 2), evaluate_threshold('e', 2)] == [False, True, False]`,
  mocks: `MagicMock(return_value=3)() == 3 and isinstance(MagicMock(), MagicMock)
'a' in MagicMock(return_value='abc') and MagicMock().anything.deep() is None
fails(ValueError, MagicMock(side_effect=ValueError('x')))`,
  lookups: `TorExitNodes(e).has_exit_nodes() and TorExitNodes(e).ip_address('src') == '9.9.9.9'
not TorExitNodes(PantherEvent({})).has_exit_nodes() and TorExitNodes(e).context('nope') == {}`,
} as const;

const imports = `import json
import operator
from collections.abc import Mapping, Sequence
from panther_base_helpers import *
from panther_core import PantherEvent
from panther_detection_helpers.caching import *
from panther_tor_helpers import TorExitNodes
from unittest.mock import MagicMock
def fails(kind, call):
  try:
    call()
  except kind:
    return True
  return False
`;

const event = {
  userName: 'u',
  null: null,
  a: { b: { c: 3 } },
  list: [1, [2], { k: 'v' }],
  rows: [{ n: 1 }, { n: 2, only: 'o' }, { n: 1 }],
  p_ecs: { 'source.ip': '9.9.9.9' },
  p_enrichment: { tor_exit_nodes: { src: { ip: '9.9.9.9' } } },
  __class__: 'evil',
};

describe('Python modules', () => {
  let rules: PythonRules;
  beforeAll(async () => {
    rules = await startPythonRules({
      rules: Object.entries(facts).map(([name, text]) => {
        const lines = text.split('\n').map((line) => `  if not (${line}): wrong.append(${JSON.stringify(line)})\n`);
        const source = `${imports}def rule(e):\n  wrong = []\n${lines.join('')}  assert not wrong, wrong\n  return True`;
        return pythonRule(name, name, source);
      }),
      modules: [],
      models: [],
    });
  });
  afterAll(() => rules.close());

  test('load', () => expect(rules.problems).toEqual([]));
  for (const name of Object.keys(facts)) {
    test(`${name} holds`, async () => {
      const signals = await rules.run(batchOf(name, event));
      expect(signals.map(({ error }) => error)).toEqual([undefined]);
    });
  }
});

test('a folder of helpers is modules', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-helpers-'));
  try {
    await mkdir(join(folder, 'pack'));
    for (const name of ['one.py', 'pack/__init__.py', 'pack/two.py', 'not-a-name.py', 'notes.txt']) {
      await writeFile(join(folder, name), `# ${name}`);
    }
    expect(await readPythonModules(folder, 'helpers')).toEqual([
      { name: 'one', file: 'helpers/one.py', source: '# one.py' },
      { name: 'pack', file: 'helpers/pack/__init__.py', source: '# pack/__init__.py' },
      { name: 'pack.two', file: 'helpers/pack/two.py', source: '# pack/two.py' },
    ]);
    expect(await readPythonModules(join(folder, 'nowhere'), 'helpers')).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
