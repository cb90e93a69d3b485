// docs/reference/analyzers.md says of each kind what the code says. Where one fails, take what it expects into the page.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import type { RateLimit } from '../core/analysis-store.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { analyzerKinds } from './index.ts';
import { reads } from './kind.suite.ts';

const page = readFileSync(new URL('../../docs/reference/analyzers.md', import.meta.url), 'utf8');

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `1 day`, `12 hours`. */
function span(seconds: number): string {
  const [unit, length] = units.find((each) => seconds % each[1] === 0) ?? ['second', 1];
  return `${seconds / length} ${unit}${seconds === length ? '' : 's'}`;
}

/** `4 per minute`, `50 in 7 days`. */
function limit({ requests, seconds }: RateLimit): string {
  const period = span(seconds);
  return `${requests.toLocaleString('en-US')} ${period.startsWith('1 ') ? `per ${period.slice(2)}` : `in ${period}`}`;
}

function summary({ id, kinds, key, limits, keepMs }: AnalyzerKind): string {
  const kept = [keepMs.hit, keepMs.miss].map((ms) => span(ms / 1000));
  return `| [\`${id}\`](#${id}) | ${kinds.join(', ')} | ${key} | ${limits.map(limit).join(', ')} | ${kept.join(' | ')} |`;
}

/** A smallest hit of each kind: a kind without one does not compile. */
const hits: Readonly<Record<keyof typeof analyzerKinds, Json>> = {
  abuseipdb: { data: { totalReports: 1 } },
  greynoise: { noise: true },
  internetdb: { ports: [] },
  isc: { ip: { as: 1 } },
  malwarebazaar: { query_status: 'ok', data: [{}] },
  otx: { pulse_info: { count: 1 } },
  rdap: { objectClassName: 'autnum' },
  rdns: { names: ['a.tocsin.dev'] },
  shodan: { ports: [] },
  spur: {
    ip: '',
    as: {},
    organization: '',
    infrastructure: '',
    client: {},
    location: {},
    risks: [],
    services: [],
    tunnels: [],
    ai: {},
  },
  threatfox: { query_status: 'ok', data: [{ ioc: '198.18.0.7:1' }] },
  urlhaus: { query_status: 'ok' },
  virustotal: { data: { attributes: {} } },
};

const names = Object.keys(hits) as (keyof typeof hits)[];

/** From a heading to the next. */
function section(id: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${id}\n`)) ?? '';
}

test('the table has every kind, with its limits and times', () => {
  expect(page).toContain(`\n${names.map((name) => summary(analyzerKinds[name])).join('\n')}\n`);
});

test.each(names)('%s has its title and terms', (name) => {
  const { title, terms } = analyzerKinds[name];
  expect(section(name)).toContain(`\n${title}`);
  expect(section(name)).toContain(`\nTerms: ${terms}.\n`);
});

test.each(names)('%s has its facts', (name) => {
  const reading = reads(analyzerKinds[name], hits[name]);
  if (reading.state !== 'hit') throw new Error(JSON.stringify(reading));
  const told = [...section(name).matchAll(/^\| (`[^|]+) \|/gm)].flatMap((row) => [
    ...(row[1] ?? '').matchAll(/`(\w+)`/g),
  ]);
  expect(told.map((found) => found[1] ?? '').toSorted()).toEqual(Object.keys(reading.facts).toSorted());
});
