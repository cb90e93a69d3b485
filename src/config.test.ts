import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig, redact } from './config.ts';
import { formatProblem } from './core/problem.ts';

const workspace = await mkdtemp(join(tmpdir(), 'tocsin-config-'));
afterAll(() => rm(workspace, { recursive: true, force: true }));

const kinds = {
  sources: {
    file: { settings: z.object({ paths: z.array(z.string()).min(1), follow: z.boolean().default(true) }) },
    tcp: { settings: z.object({ port: z.int().max(65_535) }) },
  },
  destinations: {
    email: { settings: z.object({ host: z.string(), port: z.int().default(25), password: z.string().optional() }) },
    slack: { settings: z.object({ hook: z.url().meta({ secret: true }) }) },
  },
};

async function load(text: string, env: Record<string, string> = {}) {
  await writeFile(join(workspace, 'tocsin.yml'), text);
  const { config, problems } = await loadConfig(workspace, { env, kinds });
  return { config, problems: problems.map(formatProblem) };
}

const access = '{ id: web, type: file, schemas: [Nginx.Access], paths: [a.log] }';

test('an empty file is all defaults', async () => {
  const { config, problems } = await load('');
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    workspace,
    data: join(workspace, '.tocsin'),
    listen: { host: '127.0.0.1', port: 7780 },
    stores: {},
    retentionDays: { events: 90, signals: 365, deadLetters: 30 },
    sources: [],
    destinations: [],
    python: 'auto',
    packs: [],
    sigma: { placeholders: {} },
  });
});

test('no file is a problem that says what to do', async () => {
  const { problems } = await loadConfig(join(workspace, 'nowhere'), { kinds });
  expect(problems.map(formatProblem)).toEqual(['tocsin.yml: does not exist; `tocsin init` makes a workspace']);
});

test('sources and destinations with the settings of their kinds', async () => {
  const { config, problems } = await load(`
sources: [${access}]
destinations:
  - { id: soc, type: email, severities: [high, CRITICAL], resolved: true, host: mail.example.com }
  - { id: chat, type: slack, hook: "https://hooks.example.com/T1" }
retention: { events: 2w }
listen: "[::1]:80"
`);
  expect(problems).toEqual([]);
  expect(config.sources).toEqual([
    { id: 'web', type: 'file', schemas: ['Nginx.Access'], enabled: true, settings: { paths: ['a.log'], follow: true } },
  ]);
  expect(config.destinations[0]).toMatchObject({
    severities: ['HIGH', 'CRITICAL'],
    resolved: true,
    settings: { port: 25 },
  });
  expect(config.destinations[1]?.resolved).toBe(false);
  expect(config.destinations[1]?.severities).toHaveLength(5);
  expect(config.retentionDays).toEqual({ events: 14, signals: 365, deadLetters: 30 });
  expect(config.listen).toEqual({ host: '::1', port: 80 });
});

test.each([
  ['sorces: []', '1:1: unknown key `sorces`; did you mean `sources`?'],
  ['name: x\nretention:\n  event: 3d', '3:3: retention: unknown key `event`; did you mean `events`?'],
  ['retention: { events: 90 }', '1:22: retention.events: expected a number of days or weeks, such as 90d or 12w'],
  ['listen: here', '1:9: listen: expected host:port, such as 127.0.0.1:7780'],
  ['python: jython', '1:9: python: expected one of auto, cpython, pyodide'],
  ['sources: 5', '1:10: sources: expected array, got number'],
  ['sources:\n  - ', '2:5: sources[0]: is empty (expected id, type and settings)'],
  [
    'sources:\n  - { id: "a b", type: file, schemas: [X], paths: [a] }',
    '2:11: sources[0].id: expected letters, digits, - and _ (63 at most)',
  ],
  [
    'sources:\n  - { id: web, type: fil, schemas: [X] }',
    '2:22: sources[0].type: unknown type `fil`; did you mean `file`?',
  ],
  [
    'sources:\n  - { id: web, type: x, schemas: [X] }',
    '2:22: sources[0].type: unknown type `x`; expected one of file, tcp',
  ],
  ['sources:\n  - { id: web, type: file, schemas: [X] }', '2:5: sources[0].paths: is missing (expected array)'],
  [
    'sources:\n  - { id: web, type: file, schemas: [X], path: [] , paths: [a] }',
    '2:42: sources[0]: unknown key `path`; did you mean `paths`?',
  ],
  ['sources:\n  - { id: t, type: tcp, schemas: [X], port: 99999 }', '2:45: sources[0].port: expected at most 65535'],
  [`sources:\n  - ${access}\n  - ${access}`, '3:11: sources[1].id: `web` is the id of sources[0] already'],
  [
    'destinations: [{ id: a, type: slack, hook: "https://x", severities: [loud] }]',
    '1:70: destinations[0].severities[0]: expected INFO, LOW, MEDIUM, HIGH or CRITICAL',
  ],
  ['sigma: { placeholders: { admins: alice } }', '1:34: sigma.placeholders.admins: expected array, got string'],
  ['sigma: { placeholders: { admins: [true] } }', '1:35: sigma.placeholders.admins[0]: expected texts and numbers'],
  ['sigma: { placeholders: { admins: [] } }', '1:34: sigma.placeholders.admins: expected at least 1 entry'],
  [
    'sigma: { placeholders: { "a b": [x] } }',
    '1:33: sigma.placeholders.a b: expected letters, digits, ., - and _ (100 at most)',
  ],
  ['__proto__: { a: 1 }', '1:1: the key __proto__ is not allowed'],
  ['name: [', '1:8: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ['a: 1\na: 2', '2:1: YAML: Map keys must be unique'],
])('a problem has its place and says what was expected: %j', async (text, problem) => {
  expect((await load(text)).problems).toEqual([`tocsin.yml:${problem}`]);
});

test('what has a problem is left out, and the rest goes on', async () => {
  const { config, problems } = await load(`
nam: x
workers: lots
sources:
  - { id: bad, type: file, schemas: [], paths: [a] }
  - ${access}
`);
  expect(problems).toHaveLength(3);
  expect(config.sources.map((source) => source.id)).toEqual(['web']);
  expect(config.workers).toBeUndefined();
});

test('values of placeholders are texts', async () => {
  const { config, problems } = await load(
    'sigma: { placeholders: { admins: [alice, "${ROOT}"], event-ids: [4624] } }',
    {
      ROOT: 'root',
    },
  );
  expect(problems).toEqual([]);
  expect(config.sigma.placeholders).toEqual({ admins: ['alice', 'root'], 'event-ids': ['4624'] });
});

test('references are filled in from environment and files, as the type that is wanted', async () => {
  await writeFile(join(workspace, 'secret'), 'hunter2\n');
  const text =
    'destinations: [{ id: m, type: email, host: "mx.${DOMAIN}", port: "${PORT}", password: "${file:secret}" }]';
  const { config, problems } = await load(text, { DOMAIN: 'example.com', PORT: '587' });
  expect(problems).toEqual([]);
  expect(config.destinations[0]?.settings).toEqual({ host: 'mx.example.com', port: 587, password: 'hunter2' });
  expect((await load('name: "$${NONE}"')).config.name).toBe('${NONE}');
});

test.each([
  ['name: "${NONE}"', '1:7: name: the environment variable NONE is not set'],
  ['name: "${file:none}"', '1:7: name: cannot read none: no such file'],
  ['workers: "${N}"', '1:10: workers: expected number, got string'],
])('a reference that does not lead anywhere: %s', async (text, problem) => {
  expect((await load(text, { N: 'x' })).problems).toEqual([`tocsin.yml:${problem}`]);
});

test('secrets are not shown', async () => {
  const { config } = await load(
    `
stores: { events: { url: "http://u:opensesame@db" } }
destinations:
  - { id: m, type: email, host: "\${HOST}", password: plain-password }
  - { id: s, type: slack, hook: "https://hooks.example.com/T1" }
`,
    { HOST: 'mx.example.com' },
  );
  const text = JSON.stringify(redact(config, config.secrets));
  for (const secret of ['opensesame', 'plain-password', 'hooks.example.com', 'mx.example.com']) {
    expect(text).not.toContain(secret);
  }
  expect(text).toContain('"id":"m"');
  expect(redact({ port: 80, pin: 'abc', text: 'abcdef' }, ['abc'])).toEqual({
    port: 80,
    pin: '[redacted]',
    text: 'abcdef',
  });
  expect(redact('sent to https://hooks.example.com/T1: 404', config.secrets)).toBe('sent to [redacted]: 404');
});
