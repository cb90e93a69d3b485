import { expect, test } from 'vitest';
import type { Metric } from '../app-port.ts';
import { renderMetrics } from './prometheus.ts';

function metric(name: string, ...samples: [Record<string, string>, number][]): Metric {
  return { name, help: 'Help', type: 'gauge', samples: samples.map(([labels, value]) => ({ labels, value })) };
}

test('a line per sample under help and type', () => {
  expect(renderMetrics([metric('a', [{}, 1], [{ x: '1', y: '2' }, 0.5])])).toBe(
    '# HELP a Help\n# TYPE a gauge\na 1\na{x="1",y="2"} 0.5\n',
  );
});

test('hostile labels and help stay on their line', () => {
  expect(renderMetrics([metric('a', [{ x: 'a"} 9\nb\\' }, 1])])).toContain('a{x="a\\"} 9\\nb\\\\"} 1\n');
  expect(renderMetrics([{ ...metric('a'), help: 'x\n# TYPE b' }])).toContain('# HELP a x\\n# TYPE b\n');
});

test('values that are no numbers have their words', () => {
  expect(renderMetrics([metric('a', [{}, NaN], [{}, Infinity], [{}, -Infinity])])).toMatch(/a NaN\na \+Inf\na -Inf\n$/);
});

test('a name is there once, and a wrong name is a bug', () => {
  expect(renderMetrics([metric('a', [{}, 1]), metric('a', [{}, 2])])).toBe('# HELP a Help\n# TYPE a gauge\na 1\n');
  expect(() => renderMetrics([metric('a b')])).toThrow('bug: metric name a b');
});
