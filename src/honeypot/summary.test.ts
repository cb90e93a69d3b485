import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Analysis, AnalysisState, ObservableKind } from '../core/analysis.ts';
import { createAssembler } from './assemble.ts';
import { createSessionIndex, fingerprintOf, hasshOf } from './campaign.ts';
import { questionsOf } from './knowledge.ts';
import { readCowrieLine } from './read.ts';
import type { Session, Transfer } from './session.ts';
import { commands, session, started } from './session.suite.ts';
import { type Context, type Summary, summaryOf } from './summary.ts';

const sha256 = 'bb4c8ee23103cd57741a1008552dae1038c17c505dd16f80571d795d91892cad';

function summary(change: Partial<Session> = {}, context: Partial<Context> = {}): Summary {
  return summaryOf(session(change), { now: started + 3_600_000, analyses: [], ...context });
}

function download(change: Partial<Transfer> = {}): Transfer {
  const url = 'http://bob:x@Files.Example:8080/a/x.sh';
  return { time: started + 3000, direction: 'download', url, sha256, path: '/tmp/x', error: '', ...change };
}

function analysis(
  analyzer: string,
  kind: ObservableKind,
  value: string,
  state: AnalysisState,
  more: Partial<Analysis> = {},
): Analysis {
  return { analyzer, observable: { kind, value }, state, message: '', facts: {}, ...more };
}

function login(at: number, success: boolean, password: string): Session['logins'][number] {
  const time = started + at * 1000;
  return { time, timestamp: new Date(time).toISOString(), success, username: 'root', password };
}

test('attempts before the success, and after', () => {
  const all = [login(1, false, 'a'), login(2, false, 'b'), login(3, true, 'c'), login(4, false, 'd')];
  const { logins } = summary({ logins: all });
  expect(logins.failedBefore.map(({ password }) => password)).toEqual(['a', 'b']);
  expect(logins.success?.password).toBe('c');
  expect(logins.later.map(({ password }) => password)).toEqual(['d']);
  expect(summary({ logins: all.slice(0, 2) }).logins).toEqual({ failedBefore: all.slice(0, 2), later: [] });
});

test('failed and repeated commands are marked', () => {
  const typed = commands([2, 'w'], [3, 'w'], [5, '!sl'], [6, 'w']);
  expect(summary({ commands: typed }).commands).toMatchObject([
    { input: 'w', sinceMs: 2000, failed: false, again: false, times: 3 },
    { input: 'w', sinceMs: 3000, failed: false, again: true, times: 3 },
    { input: 'sl', sinceMs: 5000, failed: true, again: false, times: 1 },
    { input: 'w', sinceMs: 6000, failed: false, again: false, times: 3 },
  ]);
});

test('what is asked: the source, each file, and the own host of each download, once', () => {
  const six = download({ url: 'http://[2001:db8::5]/y', sha256: 'ff' });
  const none = download({ url: '', sha256: '', error: 'timeout' });
  const asked = questionsOf(session({ transfers: [download(), download(), six, none] }));
  expect(asked.map(({ analyzer, observable }) => `${analyzer} ${observable.kind} ${observable.value}`)).toEqual([
    'isc ip 198.51.100.7',
    'urlhaus ip 198.51.100.7',
    'spur ip 198.51.100.7',
    `virustotal sha256 ${sha256}`,
    'urlhaus domain files.example',
    'virustotal sha256 ff',
    'isc ip 2001:db8::5',
    'urlhaus ip 2001:db8::5',
    'spur ip 2001:db8::5',
  ]);
  const many = Array.from({ length: 10_000 }, (_, n) => download({ url: `http://h${n}.example/`, sha256: String(n) }));
  expect(questionsOf(session({ transfers: many })).length).toBe(3 + 2 * 50);
});

test('unknown, not asked and error are three things, with source and age', () => {
  const { transfers, source } = summary(
    { transfers: [download()] },
    {
      analyses: [
        analysis('virustotal', 'sha256', sha256.toUpperCase(), 'hit', { facts: { malicious: 39 }, asked: started }),
        analysis('malwarebazaar', 'sha256', sha256, 'miss', { asked: started + 1000 }),
        analysis('urlhaus', 'domain', 'files.example', 'error', { message: 'no answer' }),
        analysis('isc', 'ip', '198.51.100.7', 'skipped', { message: 'a documentation address' }),
      ],
    },
  );
  expect(transfers[0]).toMatchObject({ host: 'files.example', sha256 });
  expect(transfers[0]?.file).toMatchObject([
    { analyzer: 'virustotal', state: 'hit', facts: { malicious: 39 }, ageMs: 3_600_000 },
    { analyzer: 'malwarebazaar', state: 'miss', ageMs: 3_599_000 },
  ]);
  expect(transfers[0]?.hostFacts).toMatchObject([{ analyzer: 'urlhaus', state: 'error', message: 'no answer' }]);
  expect(source.map(({ analyzer, state }) => `${analyzer} ${state}`)).toEqual([
    'isc skipped',
    'urlhaus not asked',
    'spur not asked',
  ]);
});

test('when we first had the file', () => {
  const known = { firstSeen: new Map([[sha256, 5]]) };
  expect(summary({ transfers: [download(), download({ sha256: 'ff' })] }, known).transfers).toMatchObject([
    { firstSeen: 5 },
    { sha256: 'ff' },
  ]);
});

test.each([
  ['tunnels', { tunnels: [{ type: 'VPN', anonymous: true }], risks: ['TUNNEL'] }, 'VPN (spur)'],
  ['proxies', { client: { proxies: ['SHIFTER_PROXY'] } }, 'SHIFTER_PROXY (spur)'],
  ['risks', { risks: ['TUNNEL', 'SPAM'] }, 'TUNNEL (spur)'],
  ['nothing', { infrastructure: 'DATACENTER', risks: ['SPAM'] }, undefined],
  ['another shape', { tunnels: 'x', client: { proxies: [1, null] }, risks: [1, {}] }, undefined],
])('an address that others may be behind: %s', (_what, facts, name) => {
  const { human } = summary({}, { analyses: [analysis('spur', 'ip', '198.51.100.7', 'hit', { facts })] });
  const text = name === undefined ? [] : [`others may be behind the address: ${name}; weak`];
  expect(human.reasons.map((reason) => reason.text)).toEqual(text);
});

test('the campaign and the client are told with the other sessions', () => {
  const campaigns = createSessionIndex(fingerprintOf);
  const clients = createSessionIndex(hasshOf);
  const one = { commands: commands([2, 'ls']), hassh: 'abc' };
  const others = ['b', 'c'].map((id, at) =>
    session({ ...one, id, sourceIp: `198.51.100.${at}`, started: started + at * 1000 }),
  );
  for (const each of [session(one), ...others]) {
    campaigns.add(each);
    clients.add(each);
  }
  const told = summary(one, { campaign: campaigns.of(session(one)), sameHassh: clients.of(session(one)) });
  expect(told.campaign).toMatchObject({ sessions: 3, addresses: 3 });
  expect(told.campaign?.others.map(({ id }) => id)).toEqual(['c', 'b']);
  expect(told.client).toMatchObject({ sameHassh: { otherSessions: 2, addresses: 3 } });
  expect(told.human.reasons.some(({ feature }) => feature === 'same sequence')).toBe(true);
  expect(summary(one)).not.toHaveProperty('campaign');
  expect(summary(one).client).not.toHaveProperty('sameHassh');
});

test('the timeline is in order of time, and a late download is after the end', () => {
  const { timeline } = summary({
    commands: commands([2, 'wget x'], [3, '!sl']),
    transfers: [download({ time: started + 9000 }), download({ time: started + 2500, sha256: '', error: 'timeout' })],
    forwards: [{ time: started + 2600, host: 'mail.example', port: 25, ja4: '' }],
    duration: { seconds: 4, text: '4.0' },
    ended: started + 9000,
  });
  expect(timeline.map(({ sinceMs, what }) => `${sinceMs} ${what}`)).toEqual([
    '0 connection from',
    '1000 logged in',
    '2000 command',
    '2500 download failed',
    '2600 forward to',
    '3000 unknown command',
    '4000 connection closed',
    '9000 download',
  ]);
});

test('the length of a session whose end is not told', () => {
  expect(summary({ ended: started + 2500 }).session).toMatchObject({ durationSeconds: 2.5, closed: false });
  const told = { seconds: 120.1, text: '120.1' };
  expect(summary({ duration: told }).session).toMatchObject({ durationSeconds: 120.1, closed: true });
});

test('it is JSON, without what is absent', () => {
  const told = summary({ transfers: [download()], commands: commands([2, 'ls']) });
  expect(JSON.parse(JSON.stringify(told))).toStrictEqual(told);
});

const logs = new URL('../../../shared/data/seed-cowrie/logs/', import.meta.url);

test.skipIf(!existsSync(logs))("the seed's two alike attacks are one campaign (needs ../shared/data)", () => {
  const sessions: Session[] = [];
  const assembler = createAssembler({ onSession: (each) => sessions.push(each) });
  for (const name of ['cowrie.json.2023-05-22', 'cowrie.json.2023-05-24']) {
    for (const line of readFileSync(new URL(name, logs), 'utf8').split('\n')) {
      const event = readCowrieLine(line);
      if (event !== undefined) assembler.add(event);
    }
  }
  assembler.end();
  const byId = new Map(sessions.map((each) => [each.id, each]));
  const fingerprints = ['fd5ac84ee8f9', '909bea239054', '8d39860bce79'].map((id) =>
    fingerprintOf(byId.get(id) ?? session()),
  );
  expect(fingerprints[0]).toBe(fingerprints[1]);
  expect(fingerprints[2]).not.toBe(fingerprints[0]);
  for (const each of sessions) {
    const told = summaryOf(each, { now: Date.now(), analyses: [] });
    expect(told.human.label).toBe('automated');
    expect(told.human.reasons.some(({ feature }) => feature === 'mistype')).toBe(false);
  }
});
