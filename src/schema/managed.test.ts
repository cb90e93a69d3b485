// The schemas that come with the program: each file is sound, and takes real lines as they are.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { formatProblem } from '../core/problem.ts';
import type { Schema } from '../core/schema.ts';
import { parseSchema } from './document.ts';
import { Records } from './engine/record.ts';
import { createSchemaReader, outcome } from './engine/schema-reader.ts';
import { renderSchema } from './render.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Recorded logs lie beside the repository where there are any.
const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const isMissing = !existsSync(data);

function load(file: string): Schema {
  const { schema, problems } = parseSchema(readFileSync(`${root}${file}`, 'utf8'), file);
  expect(problems.map(formatProblem)).toEqual([]);
  if (schema === undefined) throw new Error(file);
  return schema;
}

interface Tally {
  /** How many records were an event, dropped or a misfit. */
  readonly outcomes: Record<string, number>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

function read(file: string, ...samples: readonly string[]): Tally {
  const reader = createSchemaReader(load(file));
  const outcomes: Record<string, number> = {};
  const events: Readonly<Record<string, unknown>>[] = [];
  const received = Date.UTC(2026, 2, 5);
  for (const path of samples) {
    const records = new Records(readFileSync(path));
    for (let start = 0; start < records.bytes.length; ) {
      const newline = records.bytes.indexOf(10, start);
      const end = newline < 0 ? records.bytes.length : newline;
      const found = reader.read(records, start, end, received);
      const kind = Object.entries(outcome).find(([, value]) => value === found)?.[0] ?? '';
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      if (found === outcome.event) {
        const facts = { id: '', source: '', file: '', received, receivedText: '' };
        events.push(structuredClone({ ...reader.event(facts, '', undefined) }));
      }
      start = end + 1;
    }
  }
  return { outcomes, events };
}

const files = globSync(['content/schemas/**/*.yml', 'demo/schemas/*.yml'], { cwd: root });

test.each(files)('%s is sound, and the same when it is written again', (file) => {
  const schema = load(file);
  expect(parseSchema(renderSchema(schema), file).schema).toEqual(schema);
});

test.each(files.filter((file) => file.startsWith('content/')))('%s takes all lines of its samples', (file) => {
  const sample = `${root}${file.replace(/([^/]+)\.yml$/, 'samples/$1.log')}`;
  const lines = readFileSync(sample, 'utf8').trimEnd().split('\n').length;
  expect(read(file, sample).outcomes).toEqual({ event: lines });
});

test.skipIf(isMissing)('10,000 Apache lines: only the one that is cut does not fit (needs recorded logs)', () => {
  expect(read('content/schemas/nginx/access.yml', `${data}apache-combined/access.log`).outcomes).toEqual({
    event: 9999,
    misfit: 1,
  });
});

test.skipIf(isMissing)('auth.log of a public host: 1,038 failed passwords, 226 logins (needs recorded logs)', () => {
  const { outcomes, events } = read('content/schemas/linux/auth.yml', `${data}linux-auth/auth.log`);
  expect(outcomes).toEqual({ event: 7121 });
  const logins = events.filter((event) => event['category'] === 'authentication' && event['action'] === 'ssh_login');
  const failed = logins.filter((event) => event['outcome'] === 'failure' && event['auth_method'] === 'password');
  expect(failed.reduce((sum, event) => sum + Number(event['repeated'] ?? 1), 0)).toBe(1038);
  expect(logins.filter((event) => event['outcome'] === 'success').length).toBe(226);
  expect(logins.every((event) => event['source_ip'] !== undefined && event['user'] !== undefined)).toBe(true);
});

test.skipIf(isMissing)('Zeek: connections fit, other logs do not (needs recorded logs)', () => {
  const conn = globSync(`${data}zeek-json/*_conn.log`);
  const others = globSync(`${data}zeek-json/*.log`).filter((path) => !conn.includes(path));
  expect(read('content/schemas/zeek/conn.yml', ...conn).outcomes).toEqual({ event: 613 });
  expect(Object.keys(read('content/schemas/zeek/conn.yml', ...others).outcomes)).toEqual(['misfit']);
});

test.skipIf(isMissing)("netstat's header lines are dropped, all else is taken (needs recorded logs)", () => {
  const netstat = globSync(`${data}fluentd-s3/bucket/netstat/**/*.json`);
  expect(read('demo/schemas/netstat.yml', ...netstat).outcomes).toEqual({ event: 56, dropped: 12 });
  const auth = globSync(`${data}fluentd-s3/bucket/auth/**/*.json`);
  expect(read('demo/schemas/auth.yml', ...auth).outcomes).toEqual({ event: 600 });
});

test('a user name cannot pretend another address', () => {
  const { events } = read('content/schemas/linux/auth.yml', `${root}content/schemas/linux/samples/auth.log`);
  const odd = events.find((event) => String(event['user']).includes('192.0.2.1'));
  expect(odd).toMatchObject({ user: 'x from 192.0.2.1 port 1 ssh2', source_ip: '203.0.113.9', source_port: 40106 });
});

test('long hostile lines are read in time that grows with their length', () => {
  const reader = createSchemaReader(load('content/schemas/linux/auth.yml'));
  const sudo = 'Mar  4 07:15:01 b sudo: x : TTY=a ; PWD=';
  const sshd = 'Mar  4 07:15:01 b sshd[1]: ';
  for (const [start, part] of [
    [sudo, ' ; USER=x'],
    [sudo, ' ; USER=x ; '],
    [`${sudo}/ ; USER=x ; `, 'ENV=a ; '],
    [`${sshd}Failed password for invalid user `, ' from x port '],
    [`${sshd}pam_unix(sshd:auth): authentication failure;`, ' rhost=a'],
    [`${sshd}Connection closed by invalid user `, 'a port '],
    ['', 'Mar '],
  ] as const) {
    const records = new Records(Buffer.from(start + part.repeat(Math.ceil(100_000 / part.length))));
    const before = performance.now();
    reader.read(records, 0, records.bytes.length, 0);
    expect([part, performance.now() - before < 2000]).toEqual([part, true]);
  }
});
