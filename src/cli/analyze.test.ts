// `tocsin analyze` over a fake Analyze and over recorded answers: what is asked and what is not, and how it is told.

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Analysis, Observable } from '../core/analysis.ts';
import type { OfflineApp } from './program.ts';
import { type Captured, runCaptured } from './run-captured.suite.ts';

const data = new URL('../../../shared/data/seed-cowrie/enrichment', import.meta.url);
const isMissing = !existsSync(data);
const whyMissing = isMissing ? ' (skipped: the recorded answers are not beside this checkout)' : '';
const recordings = fileURLToPath(data);

const workspace = await mkdtemp(join(tmpdir(), 'tocsin-analyze-'));
afterAll(() => rm(workspace, { recursive: true, force: true }));
await writeFile(
  join(workspace, 'tocsin.yml'),
  'analyzers:\n  own: [9.9.9.0/24]\n  virustotal: { key: secret-key }\n  otx: { key: other-key }\n',
);

type Asked = (analyzer: string, observable: Observable) => Promise<Partial<Analysis>>;

interface Where extends Pick<Captured, 'input' | 'columns' | 'interrupt'> {
  readonly analyze?: Asked;
}

/** `analyzer value` of each question, beside what was printed. */
async function tocsin(words: readonly string[], where: Where = {}) {
  const { analyze = async () => ({}), ...captured } = where;
  const asked: string[] = [];
  const app: Pick<OfflineApp, 'analyze' | 'stop'> = {
    async analyze(analyzer, observable) {
      asked.push(`${analyzer} ${observable.value}`);
      const answer = await analyze(analyzer, observable);
      return { analyzer, observable, state: 'miss', message: '', facts: {}, ...answer };
    },
    stop: async () => {},
  };
  const ran = await runCaptured(words, {
    ...captured,
    cwd: workspace,
    env: { NO_COLOR: '1' },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the command takes nothing else of it
    program: { version: '0', open: async () => app as OfflineApp },
  });
  return { ...ran, asked };
}

const hash = 'a'.repeat(32);

describe('what is asked', () => {
  test('an observable goes to every analyzer that takes it and has what it needs', async () => {
    const ran = await tocsin(['analyze', '8[.]8[.]8[.]8', hash]);
    expect(ran.asked.toSorted()).toEqual(
      [
        'greynoise 8.8.8.8',
        'internetdb 8.8.8.8',
        'isc 8.8.8.8',
        `otx ${hash}`,
        'otx 8.8.8.8',
        'rdap 8.8.8.8',
        'rdns 8.8.8.8',
        `virustotal ${hash}`,
        'virustotal 8.8.8.8',
      ].toSorted(),
    );
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/^not asked, for lack of a key: abuseipdb, malwarebazaar, /);
  });

  test('or to those that are named, each value once', async () => {
    const ran = await tocsin(['analyze', '--with', 'rdap,isc', '8.8.8.8', '8.8.8[.]8', '--quiet']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.asked.toSorted()).toEqual(['isc 8.8.8.8', 'rdap 8.8.8.8']);
  });

  test('values come from a file and from stdin; a line that is nothing is told', async () => {
    const input = '# list\n8.8.8.8\r\n\nno\u001B[2Jthing\n8.8.4.4\n';
    const ran = await tocsin(['analyze', '--with', 'isc', '--from', '-'], { input });
    expect(ran.asked.toSorted()).toEqual(['isc 8.8.4.4', 'isc 8.8.8.8']);
    expect(ran).toMatchObject({ code: 1, stderr: '"no\\u001b[2Jthing" is nothing to ask about\n' });
    await writeFile(join(workspace, 'list.txt'), '15169\n');
    const file = await tocsin(['analyze', '--kind', 'asn', '--with', 'rdap', '--from', join(workspace, 'list.txt')]);
    expect(file).toMatchObject({ code: 0, asked: ['rdap 15169'] });
  });

  test('what no analyzer takes is told', async () => {
    expect(await tocsin(['analyze', 'someone@tocsin.dev'])).toMatchObject({
      code: 1,
      asked: [],
      stderr: '1 value of kind email: no analyzer that can be asked takes it\n',
    });
  });

  test.each([
    [['analyze'], /^error: expected values to ask about, or --from with a file of them\n/],
    [['analyze', 'no thing'], /^error: "no thing" has the form of none of ip, domain, url, .*; --kind says it\n/],
    [['analyze', '--with', 'virustotl', '8.8.8.8'], /^error: .*; did you mean virustotal\?\n/],
    [['analyze', '--fixtures', '/nowhere/at/all', '8.8.8.8'], /^error: \/nowhere\/at\/all is no folder of recorded/],
    [['analyze', '--kind', 'ipv4', '8.8.8.8'], /Allowed choices are ip, domain, /],
  ])('usage %j', async (words, message) => {
    expect(await tocsin(words)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message), asked: [] });
  });
});

describe('before many questions', () => {
  const many = Array.from({ length: 21 }, (_, index) => `8.8.8.${index}`);
  const words = ['analyze', '-q', '--with', 'virustotal', ...many];

  test('it says how many and how long, and asks nobody without --yes', async () => {
    const ran = await tocsin(words);
    expect(ran).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'ANALYZER\tQUESTIONS\tLIMITS\tAT LEAST\nvirustotal\t21\t4/min, 500/day, 15,500/31 days\t5 m 00 s\n' +
        'error: 21 questions at most: what is known and still good is not asked again. --yes asks them\n',
      asked: [],
    });
    expect((await tocsin([...words, '--yes'])).asked).toHaveLength(21);
    expect((await tocsin(words.slice(0, -1))).asked).toHaveLength(20);
  });

  test('on a terminal a person decides', async () => {
    const yes = await tocsin(words, { columns: 80, input: 'y\n' });
    expect(yes.stderr).toContain('virustotal         21  4/min, 500/day, 15,500/31 days  5 m 00 s\n');
    expect(yes.stderr).toContain(' Ask? [y/N] ');
    expect(yes.asked).toHaveLength(21);
    for (const input of ['n\n', '\n', '', 'yesterday\n']) {
      expect(await tocsin(words, { columns: 80, input })).toMatchObject({ code: 1, asked: [], stdout: '' });
    }
  });

  test('private, own and repeated things are no questions', async () => {
    const spared = ['10.0.0.1', '9.9.9.7', 'd41d8cd98f00b204e9800998ecf8427e', 'A.tocsin.dev', 'a.tocsin.dev.'];
    const ran = await tocsin(['analyze', '--json', '--preview', '--with', 'virustotal', ...spared]);
    expect(ran).toMatchObject({ code: 0, asked: [] });
    expect(JSON.parse(ran.stdout)).toMatchObject([{ analyzer: 'virustotal', questions: 1, leastSeconds: 0 }]);
  });

  test.each([
    [1, 0],
    [4, 0],
    [5, 60],
    [501, 86_400],
  ])('%i questions take at least %i s', async (count, leastSeconds) => {
    const values = Array.from({ length: count }, (_, index) => `8.8.${Math.floor(index / 250)}.${index % 250}`);
    const { stdout } = await tocsin(['analyze', '--json', '--preview', '--with', 'virustotal', ...values]);
    expect(JSON.parse(stdout)).toMatchObject([{ questions: count, leastSeconds }]);
  });
});

describe('what came of it', () => {
  const now = Date.now();
  const answers: Readonly<Record<string, Partial<Analysis>>> = {
    virustotal: {
      state: 'hit',
      facts: { malicious: 39, total: 61, suggested_threat_label: 'trojan\u001B[31m.perl\n/bot', tags: [], country: '' },
      raw: { data: ['\u202E'] },
      asked: now - 3 * 3_600_000,
    },
    greynoise: { state: 'miss', asked: now },
    isc: { state: 'limited', message: '1 requests within 1 s are used up', until: Date.UTC(2099, 0, 1) },
    rdap: { state: 'error', message: 'HTTP 500' },
    internetdb: { state: 'skipped', message: 'not today' },
    otx: { state: 'skipped', message: 'not today' },
  };
  const analyze: Asked = async (analyzer) => answers[analyzer] ?? {};
  const exitCode = async (id: string) => (await tocsin(['analyze', '--with', id, '8.8.8.8'], { analyze })).code;

  test('on a terminal each line tells most, fits, and obeys nobody', async () => {
    const { stdout, code } = await tocsin(['analyze', '-q', '8.8.8.8'], { analyze, columns: 60 });
    expect(stdout).toBe(
      `8.8.8.8  ip
  greynoise   miss     now
  isc         limited       1 requests within 1 s are used
                            up; again from 2099-01-01
                            00:00:00 UTC
  rdap        error         HTTP 500
  rdns        miss
  virustotal  hit      3 h  malicious: 39, total: 61,
                            suggested_threat_label: trojan\\…
  2 others    skipped       not today
`,
    );
    expect(code).toBe(1);
  });

  test('in a pipe all of it is TSV', async () => {
    const { stdout } = await tocsin(['analyze', '-q', '--with', 'virustotal,rdap', '8.8.8.8'], { analyze });
    const [head, rdap, virustotal] = stdout.split('\n').map((line) => line.split('\t'));
    expect(head).toEqual(['VALUE', 'KIND', 'ANALYZER', 'STATE', 'ASKED (UTC)', 'MESSAGE', 'FACTS']);
    expect(rdap).toEqual(['8.8.8.8', 'ip', 'rdap', 'error', '', 'HTTP 500', '']);
    expect(virustotal?.[6]).toContain('"total":61');
    expect(stdout).not.toMatch(/(?![\n\t])\p{Cc}|\u202E/u);
  });

  test('as JSON it has the raw answers', async () => {
    const { stdout } = await tocsin(['analyze', '--json', '--with', 'virustotal', '8.8.8.8', hash], { analyze });
    expect(stdout).not.toContain('\u202E');
    expect(JSON.parse(stdout)).toMatchObject([
      { analyzer: 'virustotal', observable: { value: '8.8.8.8' }, facts: { total: 61 }, raw: { data: ['\u202E'] } },
      { analyzer: 'virustotal', observable: { value: hash } },
    ]);
    expect(JSON.parse((await tocsin(['analyze', '--json', 'a@tocsin.dev'])).stdout)).toEqual([]);
  });

  test('the exit code tells errors from limits', async () => {
    const codes = await Promise.all(['virustotal', 'isc', 'rdap', 'otx'].map(exitCode));
    expect(codes).toEqual([0, 75, 1, 0]);
  });

  test('what is limited for a moment is waited for, but with --no-wait', async () => {
    let until = 0;
    const limited: Asked = async () => {
      until ||= Date.now() + 300;
      return Date.now() < until ? { state: 'limited', message: 'wait', until } : { state: 'hit', facts: { n: 1 } };
    };
    const words = ['analyze', '-q', '--with', 'otx', '8.8.8.8'];
    expect((await tocsin([...words, '--no-wait'], { analyze: limited })).code).toBe(75);
    const ran = await tocsin(words, { analyze: limited });
    expect(ran).toMatchObject({ code: 0, asked: ['otx 8.8.8.8', 'otx 8.8.8.8'] });
  });

  test('a pause that is too long is waited for by none', async () => {
    const values = Array.from({ length: 12 }, (_, index) => `8.8.8.${index}`);
    const ran = await tocsin(['analyze', '-q', '--with', 'otx', ...values], { analyze: tooLong });
    expect(ran).toMatchObject({ code: 75 });
    expect(ran.asked).toHaveLength(12);
  });

  test('an interrupt ends it with what is there', async () => {
    const ran = await interrupted();
    expect(ran).toMatchObject({ code: 130, stderr: 'stopped: 1 of 2 answered; what is under way is still kept\n' });
    expect(ran.stdout.trimEnd().split('\n').slice(1)).toEqual(['8.8.8.8\tip\totx\thit\t\t\t{"pulse_count":7}']);
  });

  test('so that its JSON is whole', async () => {
    const { code, stdout } = await interrupted('--json');
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject([{ observable: { value: '8.8.8.8' }, facts: { pulse_count: 7 } }]);
  });

  test('a program that goes away leaves what is there, and the reason', async () => {
    const values = ['8.8.8.8', '8.8.4.4', ...Array.from({ length: 18 }, (_, index) => `8.8.8.${index + 20}`)];
    const ran = await tocsin(['analyze', '-q', '--with', 'otx', ...values], { analyze: goingAway });
    expect(ran).toMatchObject({ code: 70, stderr: expect.stringContaining('gone') });
    expect(ran.stdout).toContain('pulse_count');
    expect(ran.asked.length).toBeLessThan(12);
  });
});

const tooLong: Asked = async () => ({ state: 'limited', message: 'no', until: Date.now() + 301_000 });

const goingAway: Asked = async (_analyzer, { value }) => {
  if (value === '8.8.4.4') throw new Error('gone');
  return { state: 'hit', facts: { pulse_count: 7 } };
};

/** While the second of two questions is under way, whose answer comes after the end. */
async function interrupted(...words: readonly string[]) {
  const interrupt = new AbortController();
  const analyze: Asked = async (_analyzer, { value }) => {
    if (value === '8.8.8.8') return { state: 'hit', facts: { pulse_count: 7 } };
    setTimeout(() => interrupt.abort(), 50);
    await sleep(150);
    return { state: 'hit', facts: { pulse_count: 8 } };
  };
  const about = ['analyze', '--with', 'otx', '8.8.8.8', '8.8.4.4'];
  return tocsin([...about, ...words], { analyze, interrupt: interrupt.signal });
}

test('--list says what each takes and whether its key is set, and never the key', async () => {
  const { stdout, code } = await tocsin(['analyze', '--list'], { columns: 80 });
  expect(code).toBe(0);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^virustotal +VirusTotal +set +4\/min, 500\/day, 15,500\/31 days\n {2}takes md5, sha1, /m);
  expect(stdout).toMatch(/^spur +Spur +missing +1\/s\n/m);
  const json = (await tocsin(['analyze', '--list', '--json'])).stdout;
  expect(JSON.parse(json)).toContainEqual(
    expect.objectContaining({
      id: 'otx',
      key: 'required',
      hasKey: true,
      limits: [{ requests: 10_000, seconds: 3600 }],
    }),
  );
  expect(stdout + json).not.toMatch(/secret-key|other-key/);
});

describe.skipIf(isMissing)(`with recorded answers${whyMissing}`, () => {
  const script = 'bb4c8ee23103cd57741a1008552dae1038c17c505dd16f80571d795d91892cad';

  test('nobody is asked, and no workspace is needed', async () => {
    const words = ['analyze', '--workspace', join(workspace, 'none'), '--fixtures', recordings];
    const ran = await tocsin([...words, '--with', 'virustotal,isc,urlhaus', script, '45[.]79[.]54[.]105'], {
      columns: 80,
    });
    expect(ran).toMatchObject({ code: 0, stderr: '', asked: [] });
    expect(ran.stdout).toBe(`${script}  sha256
  virustotal  hit      malicious: 39, total: 61,
                       suggested_threat_label: trojan.perl/shellbot,
                       type_description: Perl
  isc         skipped  isc takes no sha256
  urlhaus     skipped  no recorded answer

45.79.54.105  ip
  isc         hit      asname: LINODE-AP Linode, LLC, ascountry: US
  urlhaus     miss
  virustotal  skipped  no recorded answer
`);
  });
});
