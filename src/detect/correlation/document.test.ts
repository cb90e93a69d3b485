import { expect, test } from 'vitest';
import { correlationOf, parsed, problemsOf } from './correlation.suite.ts';

const rules = 'rules: [a, b], timespan: 5m';

test('Sigma says, and what it means here', () => {
  const correlation = parsed(`
title: Host port scan
id: 5f0c7a3e-2b1d-4a3e-9a57-1f3c7d2e9b10
name: portscan
description: many ports
level: high
tags: [attack.discovery, attack.t1046]
references: [https://example.org]
correlation:
    type: value_count
    rules: [tcp_connection_started]
    group-by: [source.ip, destination.ip]
    timespan: 30s
    condition: {field: destination.port, gt: 50}
    aliases: {source.ip: {tcp_connection_started: src}}
siem:
    suppress: {for: 30s, backoff_max: 1h}
    resolve_after: 10m
    exceptions: [{name: scanners, when: {source.ip|cidr: 10.9.0.0/24}, until: 2026-12-31}]
`);
  expect(correlation).toMatchObject({
    name: 'portscan',
    rules: ['tcp_connection_started'],
    groupBy: ['source.ip', 'destination.ip'],
    timespanMs: 30_000,
    kind: { kind: 'value_count', fields: ['destination.port'], range: { gt: 50 } },
    aliases: new Map([['source.ip', new Map([['tcp_connection_started', 'src']])]]),
    generate: false,
    exceptions: [{ name: 'scanners', until: Date.parse('2027-01-01T00:00:00Z') }],
    tests: [],
  });
  expect(correlation.schedule).toBeUndefined();
  expect(correlation.detection).toEqual({
    id: '5f0c7a3e-2b1d-4a3e-9a57-1f3c7d2e9b10',
    language: 'correlation',
    file: 'c.yml',
    enabled: true,
    logTypes: [],
    displayName: 'Host port scan',
    description: 'many ports',
    severity: 'HIGH',
    dedupPeriodMinutes: 60,
    threshold: 1,
    createAlert: true,
    runbook: '',
    reference: 'https://example.org',
    destinations: [],
    tags: ['attack.discovery', 'attack.t1046'],
    reports: { 'MITRE ATT&CK': ['T1046'] },
    suppress: { forMs: 30_000, maxMs: 3_600_000 },
    resolveAfterMs: 600_000,
  });
});

const kindOf = (body: string) => correlationOf(`${rules}, ${body}`).kind;

test('every type', () => {
  expect(kindOf('type: event_count, condition: {gt: 100, lte: 200}')).toEqual({
    kind: 'event_count',
    range: { gt: 100, lte: 200 },
  });
  expect(kindOf('type: value_count, condition: {field: [x, y], eq: "3"}')).toEqual({
    kind: 'value_count',
    fields: ['x', 'y'],
    range: { eq: 3 },
  });
  expect(kindOf('type: value_percentile, condition: {field: x, gte: 3}')).toMatchObject({ percentile: 95 });
  expect(kindOf('type: value_median, condition: {field: x, gte: 3}')).toMatchObject({
    kind: 'value_percentile',
    percentile: 50,
  });
  expect(kindOf('type: temporal')).toEqual({ kind: 'temporal', range: { gte: 2 } });
  const ordered = {
    kind: 'combination',
    isOrdered: true,
    anyOf: [
      [
        { rule: 'a', isAbsent: false },
        { rule: 'b', isAbsent: false },
      ],
    ],
  };
  expect(kindOf('type: temporal_ordered')).toEqual(ordered);
  expect(kindOf('type: temporal_ordered, condition: {gte: 2}')).toEqual(ordered);
  expect(kindOf('type: temporal, condition: a and not b')).toMatchObject({
    isOrdered: false,
    anyOf: [[{ rule: 'a' }, { rule: 'b', isAbsent: true }]],
  });
  expect(kindOf('type: new_value, condition: {field: country}')).toEqual({
    kind: 'new_value',
    fields: ['country'],
    historyMs: 30 * 86_400_000,
    minHistoryMs: 7 * 86_400_000,
  });
  expect(kindOf('type: absence')).toEqual({
    kind: 'absence',
    minCount: 1,
    inventory: { kind: 'seen', forMs: 30 * 86_400_000 },
  });
  expect(kindOf('type: absence, condition: {inventory: configured_sources}')).toMatchObject({
    inventory: { kind: 'sources' },
  });
  expect(kindOf('type: absence, condition: {inventory: [web, [db, eu]]}')).toMatchObject({
    inventory: { kind: 'list', keys: [['web'], ['db', 'eu']] },
  });
  expect(kindOf('type: ratio, condition: {reference: 1d, factor: 3}')).toEqual({
    kind: 'ratio',
    referenceMs: 86_400_000,
    factor: 3,
    direction: 'up',
    minCurrent: 0,
    minReference: 1,
  });
});

const everyMs = (body: string, siem?: string) => correlationOf(`${rules}, ${body}`, siem).schedule?.everyMs;

test('what the clock decides has a schedule', () => {
  expect(everyMs('type: absence')).toBe(60_000);
  expect(everyMs('type: absence', '{schedule: {every: 5m}}')).toBe(300_000);
  expect(everyMs('type: temporal, condition: a and not b')).toBe(60_000);
  expect(everyMs('type: event_count, condition: {lt: 3}')).toBe(60_000);
  expect(everyMs('type: temporal')).toBeUndefined();
});

const schedule = (times: string) => () => correlationOf(`${rules}, type: absence`, `{schedule: ${times}}`).schedule;

test('a schedule that names no times is refused', () => {
  expect(schedule('{cron: "*/5 * * * *", timezone: Europe/Berlin}')()).toMatchObject({ timezone: 'Europe/Berlin' });
  expect(schedule('{cron: never}')).toThrow(/^c\.yml:4:\d+: siem\.schedule: /);
  expect(schedule('{cron: "0 * * * *", timezone: Nowhere}')).toThrow('siem.schedule: ');
  expect(schedule('{every: 1m, cron: "0 * * * *"}')).toThrow('siem.schedule: expected either');
});

test('what lacks a group field is ignored unless the document says so', () => {
  expect(correlationOf(`${rules}, type: temporal`).isMissingGrouped).toBe(false);
  expect(correlationOf(`${rules}, type: temporal`, '{missing: group}').isMissingGrouped).toBe(true);
  expect(() => correlationOf(`${rules}, type: temporal`, '{missing: maybe}')).toThrow('siem.missing: ');
});

test('on_fire: reset is refused where no signal decides', () => {
  const isReset = (body: string) => correlationOf(`${rules}, ${body}`, '{on_fire: reset}').isReset;
  expect(isReset('type: event_count, condition: {gte: 2}')).toBe(true);
  expect(isReset('type: temporal_ordered')).toBe(true);
  expect(correlationOf(`${rules}, type: temporal`).isReset).toBe(false);
  expect(() => isReset('type: event_count, condition: {lt: 2}')).toThrow(/^c\.yml:4:\d+: siem\.on_fire: /);
  expect(() => isReset('type: temporal, condition: a and not b')).toThrow('siem.on_fire');
  expect(() => isReset('type: new_value, condition: {field: x}')).toThrow('siem.on_fire');
  expect(() => isReset('type: absence')).toThrow('siem.on_fire');
});

const timespan = (text: string) => correlationOf(`type: temporal, rules: [a], timespan: ${text}`).timespanMs;

test('timespans', () => {
  expect(['10s', '5m', '2h', '1d', '1w', '1M'].map(timespan)).toEqual([
    10_000, 300_000, 7_200_000, 86_400_000, 604_800_000, 2_629_746_000,
  ]);
});

const problem = (body: string) => problemsOf(body).join('; ');

test('what is wrong is said, with its place', () => {
  expect(problem(`type: event_cuont, ${rules}`)).toMatch(/^c\.yml:3:21: correlation\.type: /);
  expect(problem(`type: event_count, ${rules}`)).toContain('correlation.condition: ');
  expect(problem(`type: event_count, ${rules}, condition: {field: x}`)).toContain('field: unknown key');
  expect(problem(`type: event_count, ${rules}, condition: {}`)).toContain('expected one of gt, gte');
  expect(problem(`type: value_count, ${rules}, condition: {gte: 3}`)).toContain('field: ');
  expect(problem(`type: temporal, ${rules}, condition: {gte: 3}`)).toContain('can never be true of 2 rules');
  expect(problem(`type: temporal, ${rules}, condition: a`)).toContain('does not say what b is for');
  expect(problem(`type: temporal, ${rules}, condition: a and b and c`)).toContain('c is not in `rules`');
  expect(problem('type: event_count, timespan: 1m, condition: {gte: 2}')).toContain('rules: is missing');
  expect(problem('type: temporal, rules: [a], timespan: 0m')).toContain('expected a time');
  expect(problem(`type: temporal, ${rules}, aliases: {u: {x: y}}`)).toContain('x is none of');
  expect(problem(`type: temporal, ${rules}, group_by: [u]`)).toContain('group_by: unknown key');
  expect(problem(`type: ratio, ${rules}, condition: {reference: 1d, factor: 1}`)).toContain('factor');
  expect(() => correlationOf(`type: temporal, ${rules}`, '{exceptions: [{name: x, when: {a|wat: 1}}]}')).toThrow('wat');
  expect(() => correlationOf(`type: temporal, ${rules}`, '{exceptions: [{name: x, when: {"": y}}]}')).toThrow(
    'which fields',
  );
  expect(() =>
    correlationOf(`type: temporal, ${rules}`, '{exceptions: [{name: x, until: 2026-13-01, when: {a: 1}}]}'),
  ).toThrow('expected a day');
});
