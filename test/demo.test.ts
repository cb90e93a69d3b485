// The demo's logs, as far as they can be judged without the program: what they tell, and that they tell it again.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDemoLogs } from '../demo/generate.ts';
import { type DemoSource, demoLines, demoSources } from '../demo/lines.ts';

const start = Date.UTC(2026, 10, 20, 12, 0, 0);
const story = { seed: 7, start };
const minute = 60_000;

function lines(source: DemoSource, fromSeconds: number, toSeconds: number): string[] {
  return demoLines(source, start + fromSeconds * 1000, start + toSeconds * 1000, story);
}

function count(found: readonly string[], part: string): number {
  return found.filter((line) => line.includes(part)).length;
}

test.each(demoSources)('%s: however the time is cut, the lines are the same', (source) => {
  const whole = lines(source, -90, 30);
  expect(whole.length).toBeGreaterThan(5);
  expect([...lines(source, -90, -12.345), ...lines(source, -12.345, 7.001), ...lines(source, 7.001, 30)]).toEqual(
    whole,
  );
});

test('another seed tells other lines', () => {
  expect(demoLines('nginx', start, start + minute, { seed: 8, start })).not.toEqual(lines('nginx', 0, 60));
});

test('before the start nobody attacks', () => {
  const before = demoSources.flatMap((source) => lines(source, -1800, 0));
  for (const mark of ['203.0.113.', '"REJ"', '"S0"', 'sqlmap', ':::21']) expect(count(before, mark)).toBe(0);
});

test('the attack goes over every threshold of the demo rules within twenty seconds', () => {
  expect(count(lines('auth', 0, 20), 'from 203.0.113.77')).toBeGreaterThan(20);
  expect(count(lines('nginx', 0, 20), '" 404 ')).toBeGreaterThan(30);
  expect(count(lines('zeek-conn', 0, 20), '198.51.100.23')).toBeGreaterThan(60);
  expect(count(lines('netstat', 0, 20), ':::21')).toBe(1);
});

test('netstat comes with the header records of Fluentd, and no port is open that is not meant to be', () => {
  const netstat = lines('netstat', 0, 30).map((line): { local_address: string } => JSON.parse(line));
  const ports = new Set(netstat.map(({ local_address: local }) => local.slice(local.lastIndexOf(':') + 1)));
  expect(ports).toEqual(new Set(['(only', 'Local', '22', '80', '443', '47760', '53', '21']));
});

test('every address is one for documentation, or the machine itself', () => {
  const text = demoSources.flatMap((source) => lines(source, -600, 60)).join('\n');
  const addresses = text.match(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b(?! Safari)/g) ?? [];
  const foreign = addresses.filter(
    (address) => !/^(192\.0\.2|198\.51\.100|203\.0\.113|0\.0\.0|127\.0\.0|129\.0\.0)\./.test(address),
  );
  expect(addresses.length).toBeGreaterThan(1000);
  expect(foreign).toEqual([]);
});

test('the backlog is on disk when the writer returns its promise, and it stops when told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-demo-'));
  try {
    const stop = new AbortController();
    const writing = writeDemoLogs(join(folder, 'logs'), stop.signal);
    for (const source of demoSources) expect(existsSync(join(folder, 'logs', `${source}.log`))).toBe(true);
    expect(readFileSync(join(folder, 'logs', 'nginx.log'), 'utf8').split('\n').length).toBeGreaterThan(5000);
    stop.abort();
    await writing;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
