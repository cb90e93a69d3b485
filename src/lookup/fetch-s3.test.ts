import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endless, feedServer } from './feed-server.suite.ts';
import { fetchAddress, type FetchLimits, type FetchRequest } from './fetch.ts';
import { accessKey, type Asked, refuse, s3Server } from './s3-server.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-fetch-s3-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'incoming');
const address = 's3://tables/lists/tor exits+é.csv';
const list = '192.0.2.1\n192.0.2.2\n';
const whole = {
  kind: 'fetched',
  path,
  bytes: list.length,
  sha256: createHash('sha256').update(list).digest('hex'),
  etag: '"a"',
};

type Answer = (response: ServerResponse, asked: Asked) => void;

const gives: Answer = (response) => response.writeHead(200, { etag: '"a"' }).end(list);

/** Nothing of this machine's own settings may be used. */
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey.id);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', accessKey.secret);
});
afterEach(() => vi.unstubAllEnvs());

/** Fetches what the server answers, and sees that nothing but a fetched file is left behind. */
async function answered(answer: Answer, more: Partial<FetchRequest> = {}, limits: Partial<FetchLimits> = {}) {
  await using server = await s3Server(answer);
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint.replace('127.0.0.1', 'localhost'));
  const result = await fetchAddress({ address, path, ...more }, { timeoutMs: 10_000, ...limits });
  expect(JSON.stringify(result)).not.toMatch(/s3cr3t|tor exits|EXAMPLE/);
  expect(existsSync(path)).toBe(result.kind === 'fetched');
  return { result, asked: server.asked };
}

async function failure(answer: Answer, limits: Partial<FetchLimits> = {}) {
  const { result } = await answered(answer, {}, limits);
  return result.kind === 'failed' ? result.message : result.kind;
}

test('the object is on disk, asked for with a signature that holds', async () => {
  const { result, asked } = await answered(gives);
  expect(result).toStrictEqual(whole);
  expect(readFileSync(path, 'utf8')).toBe(list);
  expect(asked).toStrictEqual([
    {
      path: '/tables/lists/tor%20exits%2B%C3%A9.csv',
      region: 'us-east-1',
      etag: undefined,
      token: undefined,
    },
  ]);
});

test('what has not changed is not sent again', async () => {
  const { result, asked } = await answered(
    (response, asking) => (asking.etag === '"a"' ? response.writeHead(304).end() : gives(response, asking)),
    { etag: '"a"' },
  );
  expect(result).toStrictEqual({ kind: 'unchanged' });
  expect(asked).toMatchObject([{ etag: '"a"' }]);
  expect(await failure((response) => response.writeHead(304).end())).toBe('304 Not Modified');
});

test('the session token and the region of the environment are used', async () => {
  vi.stubEnv('AWS_SESSION_TOKEN', 'token');
  vi.stubEnv('AWS_REGION', 'eu-west-2');
  expect((await answered(gives)).asked).toMatchObject([{ token: 'token', region: 'eu-west-2' }]);
});

test('a role is taken by whom the environment names, and the object read with its keys', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOTHER');
  const roles: string[] = [];
  await using sts = await feedServer((response, request) => {
    void textOf(request).then((body) => {
      const asked = new URLSearchParams(body);
      roles.push(`${asked.get('Action')} ${asked.get('RoleArn')} ${asked.get('RoleSessionName')}`);
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>${accessKey.id}</AccessKeyId><SecretAccessKey>${accessKey.secret}</SecretAccessKey>
        <SessionToken>roles</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
        </Credentials></AssumeRoleResult></AssumeRoleResponse>`);
    });
  });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', new URL(sts.address).origin);
  const { result, asked } = await answered(gives, { roleArn: 'arn:aws:iam::123456789012:role/reader' });
  expect(result).toStrictEqual(whole);
  expect(asked).toMatchObject([{ token: 'roles' }]);
  expect(roles).toEqual(['AssumeRole arn:aws:iam::123456789012:role/reader tocsin']);
});

const elsewhere =
  (status: number, code: string, more: string, headers = {}): Answer =>
  (response, asked) =>
    asked.region === 'eu-central-1' ? gives(response, asked) : refuse(response, status, code, more, headers);

test.each([
  ['301', elsewhere(301, 'PermanentRedirect', '', { 'x-amz-bucket-region': 'eu-central-1' })],
  ['400', elsewhere(400, 'AuthorizationHeaderMalformed', '<Region>eu-central-1</Region>')],
])('the bucket is asked for in the region that it is in, as the %s says', async (_, answer) => {
  const { result, asked } = await answered(answer);
  expect(result).toStrictEqual(whole);
  expect(asked.map(({ region }) => region)).toStrictEqual(['us-east-1', 'eu-central-1']);
});

const ofRegion = 'the bucket is in another region; set AWS_REGION to it';

test('regions in circles are not followed', async () => {
  const { result, asked } = await answered((response, { region }) =>
    refuse(response, 301, 'PermanentRedirect', '', { 'x-amz-bucket-region': `${region?.slice(0, 20)}-x` }),
  );
  expect(result).toStrictEqual({ kind: 'failed', message: `${ofRegion} (301 PermanentRedirect)` });
  expect(asked).toHaveLength(2);
});

test.each<[string, Answer, string]>([
  ['no object', (response) => refuse(response, 404, 'NoSuchKey'), 'the bucket has no object of that key'],
  ['no bucket', (response) => refuse(response, 404, 'NoSuchBucket'), 'there is no bucket of that name'],
  ['no permission', (response) => refuse(response, 403, 'AccessDenied'), 'access is denied; the credentials need'],
  ['an old token', (response) => refuse(response, 400, 'ExpiredToken'), 'the credentials have expired; log in again'],
  ['a wrong clock', (response) => refuse(response, 403, 'RequestTimeTooSkewed'), "this machine's clock is wrong"],
  ['an archive', (response) => refuse(response, 403, 'InvalidObjectState'), 'the object is archived'],
  ['another region, not said which', (response) => refuse(response, 301, 'PermanentRedirect'), `${ofRegion} (301`],
  [
    'a region that is none',
    (response) => refuse(response, 301, 'PermanentRedirect', '', { 'x-amz-bucket-region': 'evil.example/' }),
    `${ofRegion} (301 PermanentRedirect)`,
  ],
  ['an unknown code', (response) => refuse(response, 400, 'MetadataTooLarge'), '400 MetadataTooLarge'],
  ['a code that is none', (response) => refuse(response, 400, '__proto__'), '400 Bad Request'],
  ['a code that every object has', (response) => refuse(response, 400, 'constructor'), '400 constructor'],
  ['an HTML page', (response) => response.writeHead(403).end('<html><p>no</html>'), '403 Forbidden'],
  ['an empty answer', (response) => response.writeHead(404).end(), '404 Not Found'],
  ['an answer of no XML', (response) => response.writeHead(502).end('<<<&'), '502 Bad Gateway'],
  [
    'an object cut off within its length',
    (response) => {
      response.writeHead(200, { 'content-length': 100 }).write(list, () => response.destroy());
    },
    'the answer ended early',
  ],
  [
    'an object cut off that has a checksum',
    (response) => {
      const headers = { 'content-length': 100, 'x-amz-checksum-crc32': checksum('x'.repeat(100)) };
      response.writeHead(200, headers).write(list, () => response.destroy());
    },
    'the answer ended early',
  ],
  [
    'an object that is not what its checksum says',
    (response) => response.writeHead(200, { 'x-amz-checksum-crc32': checksum('x') }).end(list),
    'its bytes do not have its checksum',
  ],
])('%s fails and leaves nothing', async (_, answer, message) => {
  expect((await failure(answer)).slice(0, message.length)).toBe(message);
});

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64');
}

test('an object with its checksum is taken', async () => {
  const headers = { etag: '"a"', 'x-amz-checksum-crc32': checksum(list) };
  expect((await answered((response) => response.writeHead(200, headers).end(list))).result).toStrictEqual(whole);
});

test('a service that asks for fewer requests is asked once, and when it says the next time', async () => {
  const { result, asked } = await answered((response) =>
    refuse(response, 503, 'SlowDown', '', { 'retry-after': '120' }),
  );
  expect(result).toStrictEqual({
    kind: 'failed',
    message: 'the service asks for fewer requests (503 SlowDown)',
    retryAfterMs: 120_000,
  });
  expect(asked).toHaveLength(1);
});

const long: Answer = (response) => response.writeHead(200, { 'content-length': 2 ** 31 }).write('x');

test('an object that is too large is stopped, whether it says its length or not; so is the answer to an error', async () => {
  const limits = { maxBytes: 1 << 20 };
  let sent = 0;
  const without = (status: number): Answer => {
    const more = endless((bytes) => (sent += bytes));
    return (response) => more(Object.assign(response, { statusCode: status }), response.req);
  };
  expect(await failure(without(200), limits)).toBe('it is larger than 1024 KiB');
  expect(await failure(long, limits)).toBe('it is larger than 1024 KiB');
  expect(await failure(without(500), limits)).toBe('500 Internal Server Error');
  expect(sent).toBeLessThan(2 ** 26);
});

const drip: Answer = (response) => {
  response.writeHead(200);
  const more = setInterval(() => response.write('x'), 20);
  response.on('close', () => clearInterval(more));
};

test('no answer, an object that stops and one that drips are broken off', async () => {
  const limits = { idleMs: 300 };
  expect(await failure(() => {}, limits)).toBe('nothing came for 0.3 s');
  expect(await failure((response) => response.writeHead(200).write('x'), limits)).toBe('nothing came for 0.3 s');
  expect(await failure(drip, { idleMs: 500, timeoutMs: 1500 })).toBe('not done within 1.5 s');
});

test('it can be stopped, before it begins too', async () => {
  const never = await answered(gives, { stop: AbortSignal.abort() });
  expect(never).toStrictEqual({ result: { kind: 'failed', message: 'it was stopped' }, asked: [] });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const { result } = await answered(drip, { stop: stop.signal });
  expect(result).toStrictEqual({ kind: 'failed', message: 'it was stopped' });
});

test('credentials that are not known, wrong or absent', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'OTHER');
  expect(await failure(gives)).toBe(
    'the access key is not known; see AWS_ACCESS_KEY_ID or the profile (403 InvalidAccessKeyId)',
  );
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey.id);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'other');
  expect(await failure(gives)).toContain('the secret key is not that of the access key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
  expect(await failure(gives)).toContain('there are no AWS credentials: neither AWS_ACCESS_KEY_ID');
});

/** With the credentials of a profile, in the form of ~/.aws/config. */
async function withProfile(lines: string, limits: Partial<FetchLimits> = {}) {
  const config = join(mkdtempSync(join(folder, 'config-')), 'config');
  writeFileSync(config, `[profile p]\n${lines}\n`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_CONFIG_FILE', config);
  vi.stubEnv('AWS_PROFILE', 'p');
  return failure(gives, limits);
}

function program(script: string): string {
  const file = join(folder, 'program');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return `credential_process = ${file} --key=s3cr3t`;
}

test('a profile may name a program, which is neither waited for too long nor told with what it was called', async () => {
  const { id, secret } = accessKey;
  const given = JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: secret });
  expect(await withProfile(program(`echo '${given}'`))).toBe('fetched');
  expect(await withProfile(program('exit 1'))).toContain('nor the profile that AWS_PROFILE names');
  const started = performance.now();
  expect(await withProfile(program('sleep 3'), { idleMs: 300 })).toBe('nothing came for 0.3 s');
  const { result } = await answered(gives, { stop: AbortSignal.abort() });
  expect(result).toStrictEqual({ kind: 'failed', message: 'it was stopped' });
  expect(performance.now() - started).toBeLessThan(2500);
});

test('a login that is over is told as such', async () => {
  const lines = ['start_url = https://sso.example', 'region = eu-west-1', 'account_id = 1', 'role_name = r'];
  expect(await withProfile(lines.map((line) => `sso_${line}`).join('\n'))).toContain('aws sso login');
});

async function failureOf(wanted: string) {
  const result = await fetchAddress({ address: wanted, path });
  return result.kind === 'failed' ? result.message : result.kind;
}

test('nobody listens; the address, the endpoint or the region is none', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1');
  expect(await failureOf(address)).toBe('connect ECONNREFUSED 127.0.0.1:1');
  expect(await failureOf('s3://bucket')).toBe('expected s3://bucket/key');
  expect(await failureOf('s3://user@bucket/key')).toBe('expected s3://bucket/key');
  vi.stubEnv('AWS_ENDPOINT_URL_S3', 'here');
  expect(await failureOf(address)).toBe('AWS_ENDPOINT_URL_S3 is no URL');
  vi.stubEnv('AWS_REGION', 'evil.example/#');
  expect(await failureOf(address)).toContain('Region not accepted');
});
