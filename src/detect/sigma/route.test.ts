import { expect, test } from 'vitest';
import type { Schema } from '../../core/schema.ts';
import { blindnessOf } from './blind.ts';
import { parseSigmaDocument } from './document.ts';
import { placesOf } from './place.ts';
import { run, schemaOf } from './rule.suite.ts';
import { withLogTypes } from './route.ts';
import type { SigmaRule } from './rule.ts';

const windows: Schema = {
  ...schemaOf(['EventID', 'Channel', 'EventType', 'Image', 'NewProcessName', 'CommandLine', 'Provider_Name', 'Event']),
  name: 'Windows.EventLogs',
};

function ruleFor(logsource: string, selection = "{Image|endswith: '\\x.exe'}"): SigmaRule {
  const [rule] = parseSigmaDocument(
    `title: T\nlogsource: ${logsource}\ndetection: {s: ${selection}, condition: s}\n`,
    'r.yml',
  ).rules;
  if (rule === undefined) throw new Error('broken');
  return rule;
}

function hits(rule: SigmaRule, fields: Readonly<Record<string, unknown>>, schema = windows): number {
  return run([rule], fields, schema).length;
}

const sysmon = 'Microsoft-Windows-Sysmon/Operational';
const process = '{product: windows, category: process_creation}';

test('process_creation is Sysmon 1 and Security 4688, each with its own names', () => {
  const rule = ruleFor(process);
  expect(hits(rule, { Channel: sysmon, EventID: 1, Image: 'C:\\X.EXE' })).toBe(1);
  expect(hits(rule, { Channel: 'Security', EventID: '4688', NewProcessName: 'C:\\X.EXE' })).toBe(1);
  expect(hits(rule, { Channel: 'Security', EventID: 4688, Image: 'C:\\X.EXE' })).toBe(0);
  expect(hits(rule, { Channel: 'Security', EventID: 1, Image: 'C:\\X.EXE' })).toBe(0);
  expect(hits(rule, { Channel: sysmon, EventID: 5, Image: 'C:\\X.EXE' })).toBe(0);
});

test.each([
  ['{product: windows}', { Channel: 'any', Image: '\\x.exe' }, 1],
  ['{product: windows, service: security}', { Channel: 'SECURITY', Image: '\\x.exe' }, 1],
  ['{product: windows, service: security}', { Channel: 'System', Image: '\\x.exe' }, 0],
  [
    '{product: windows, category: registry_add}',
    { Channel: sysmon, EventID: 12, EventType: 'CreateKey', Image: '\\x.exe' },
    1,
  ],
  [
    '{product: windows, category: registry_add}',
    { Channel: sysmon, EventID: 12, EventType: 'DeleteKey', Image: '\\x.exe' },
    0,
  ],
  [
    '{product: windows, category: process_creation, service: security}',
    { Channel: sysmon, EventID: 1, Image: '\\x.exe' },
    0,
  ],
  ['{product: windows, category: no_such}', { Image: '\\x.exe' }, 0],
  ['{product: linux, category: process_creation}', { Channel: sysmon, EventID: 1, Image: '\\x.exe' }, 0],
])('%s', (logsource, fields, count) => {
  expect(hits(ruleFor(logsource), fields)).toBe(count);
});

test('a category of several events', () => {
  const rule = ruleFor('{product: windows, category: file_delete}', '{EventID: [23, 26]}');
  expect(hits(rule, { Channel: sysmon, EventID: 26 })).toBe(1);
});

test('Windows events as XML has them: EventData, UserData, names with spaces', () => {
  const nested = { Channel: sysmon, EventID: 1, Event: { EventData: { Image: 'c:\\x.exe' } } };
  expect(hits(ruleFor(process), nested)).toBe(1);
  const service = '{product: windows, service: windefend}';
  const channel = 'Microsoft-Windows-Windows Defender/Operational';
  const threat = { Channel: channel, Event: { EventData: { 'Threat Name': 'EICAR' } } };
  expect(hits(ruleFor(service, '{ThreatName: eicar}'), threat)).toBe(1);
  const user = { Channel: channel, Event: { UserData: { Anything: { Operation: 'go' } } } };
  expect(hits(ruleFor(service, '{Operation: go}'), user)).toBe(1);
  expect(hits(ruleFor('{category: antivirus}', '{Signature: eicar}'), { ...threat, EventID: 1116 })).toBe(1);
});

const web = {
  ...schemaOf([{ name: 'agent', type: 'string', required: false, ecs: 'user_agent.original' }], {
    'event.category': 'web',
  }),
  name: 'Custom.Web',
};

function named(name: string): Schema {
  return { ...schemaOf(['Image']), name };
}

test('log types are found by name and by what they are in ECS', () => {
  const logTypes = (logsource: string, ...schemas: readonly Schema[]) =>
    withLogTypes(ruleFor(logsource), schemas).detection.logTypes;
  expect(logTypes('{category: webserver}', web, windows)).toEqual(['Custom.Web']);
  expect(logTypes('{category: proxy}', web, windows)).toEqual([]);
  expect(logTypes('{category: authentication}', web)).toEqual([]);
  expect(logTypes('{product: zeek, service: dns}', named('Zeek.DNS'), named('Zeek.Conn'))).toEqual(['Zeek.DNS']);
  expect(logTypes('{product: aws, service: cloudtrail}', named('AWS.CloudTrail'))).toEqual(['AWS.CloudTrail']);
  expect(logTypes('{service: Custom.Web}', web, windows)).toEqual(['Custom.Web']);
  expect(logTypes('{product: linux}', named('Linux.Auth'), windows)).toEqual(['Linux.Auth']);
  expect(hits(ruleFor('{category: webserver}', '{cs-user-agent|contains: nmap}'), { agent: 'Nmap 7' }, web)).toBe(1);
});

test('a service of Linux is a program of the log', () => {
  const linux = { ...schemaOf(['program', 'message']), name: 'Linux.Auth' };
  const rule = ruleFor('{product: linux, service: sshd}', '[broken]');
  expect(hits(rule, { program: 'sshd', message: 'is broken' }, linux)).toBe(1);
  expect(hits(rule, { program: 'sudo', message: 'is broken' }, linux)).toBe(0);
});

test('places', () => {
  expect(placesOf('image', windows)[0]).toEqual({ kind: 'field', name: 'Image' });
  expect(placesOf('ProviderName', windows)[0]).toEqual({ kind: 'field', name: 'Provider_Name' });
  expect(placesOf('Event.System.Level', windows)[0]).toEqual({
    kind: 'path',
    field: 'Event',
    keys: ['System', 'Level'],
  });
  expect(placesOf('event.category', web)).toEqual([{ kind: 'constant', name: 'event.category', value: 'web' }]);
  expect(placesOf('constructor', web)).toEqual([]);
  expect(placesOf('p_source_id', web)).toEqual([{ kind: 'field', name: 'p_source_id' }]);
});

test('blind rules are told with what is missing', () => {
  expect(blindnessOf(ruleFor('{category: proxy}'), [windows, web])).toEqual({ why: 'log source', logsource: 'proxy' });
  const missing = { why: 'fields', missing: { 'Custom.Web': ['cs-method'] } };
  const blindness = (selection: string) => blindnessOf(ruleFor('{category: webserver}', selection), [windows, web]);
  expect(blindness('{cs-method: GET, cs-user-agent: x}')).toEqual(missing);
  expect(blindness('[{cs-method: GET}, {cs-user-agent: x}]')).toBeUndefined();
  expect(blindness('{cs-method: null, cs-user-agent: x}')).toBeUndefined();
  expect(blindness('{cs-method|exists: true, cs-user-agent: x}')).toEqual(missing);
  expect(blindness('{cs-method|neq: GET, cs-user-agent: x}')).toEqual(missing);
  expect(blindness('[some words]')).toBeUndefined();
});
