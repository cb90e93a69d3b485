import { expect, test } from 'vitest';
import { fillTemplate, keyText } from './row-text.ts';

const row = {
  ip: '10.0.0.5',
  n: 60,
  'a.b': 'dotted',
  user: { name: 'bob', __proto__: null },
  list: [1, 'x'],
  none: null,
};

test.each([
  ['{{ip}} tried {{ n }} ports', '10.0.0.5 tried 60 ports'],
  ['{{a.b}} {{user.name}} {{list}} {{user}}', 'dotted bob 1, x {"name":"bob"}'],
  ['[{{none}}{{nothing}}{{user.nothing}}{{ip.length}}{{constructor}}]', '[]'],
  ['{{}} {{a{b}} {n}', '{{}} {{a{b}} {n}'],
])('%s', (template, text) => {
  expect(fillTemplate(template, row)).toBe(text);
});

test('a value that looks like a template is none', () => {
  expect(fillTemplate('{{a}}', { a: '{{b}} $& $1', b: 'secret' })).toBe('{{b}} $& $1');
});

test('a text has an end', () => {
  expect(fillTemplate('{{a}}', { a: 'x'.repeat(5000) })).toHaveLength(1000);
});

test.each([
  [['ip'], '10.0.0.5'],
  [['ip', 'n'], '10.0.0.5, 60'],
  [['ip', 'nothing'], '10.0.0.5, '],
  [[], ''],
])('the key %j', (columns, text) => {
  expect(keyText(columns, row)).toBe(text);
});

test('values with a comma make no key of other values', () => {
  expect(keyText(['a', 'b'], { a: 'x, y', b: 'z' })).not.toBe(keyText(['a', 'b'], { a: 'x', b: 'y, z' }));
  expect(keyText(['a', 'b'], { a: 'x\\', b: ', z' })).not.toBe(keyText(['a', 'b'], { a: 'x\\, ', b: 'z' }));
});
