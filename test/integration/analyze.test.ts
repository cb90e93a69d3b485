// Analyzers through every door of the real program, with a local server in place of the services: what goes out, what
// does not, and that nothing is asked twice.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorkspace, type Program, startProgram, startTimeoutMs, type Workspace } from '../program.ts';

const key = 'key-of-nobody';
const emptyFile = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const newline = '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b';

/** Paths that the services were asked for, with the key that came along. */
const requests: string[] = [];

const services: Server = createServer((request, response) => {
  requests.push(`${request.url} ${String(request.headers['x-apikey'])}`);
  const isKnown = request.url === '/api/v3/ip_addresses/45.79.54.105';
  const attributes = { last_analysis_stats: { malicious: 4, harmless: 6 }, as_owner: `Linode, whose key is ${key}` };
  response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isKnown ? { data: { id: 'x', attributes } } : { error: { code: 'NotFoundError' } }));
});

interface Answer {
  readonly analyzer: string;
  readonly state: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly raw?: unknown;
  readonly asked?: unknown;
}

let workspace: Workspace;
let address = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => services.listen(0, '127.0.0.1', resolve));
  const { port } = services.address() as AddressInfo; // oxlint-disable-line typescript/no-unsafe-type-assertion
  address = `http://127.0.0.1:${port}`;
  workspace = await makeWorkspace({
    'tocsin.yml': `name: analyze
listen: 127.0.0.1:0
analyzers:
  own: [45.79.55.0/24]
  virustotal: { key: ${key}, url: "${address}" }
`,
  });
}, startTimeoutMs);
afterAll(async () => {
  await workspace.remove();
  services.close();
});

const ask = (...words: readonly string[]): Promise<readonly Answer[]> =>
  workspace.ask<readonly Answer[]>('analyze', '--with', 'virustotal', ...words);

/** Requests that went out during it. */
async function sent<T>(run: () => Promise<T>): Promise<readonly [T, readonly string[]]> {
  const before = requests.length;
  const result = await run();
  return [result, requests.slice(before)];
}

test('a second ask is answered by what was kept', { timeout: startTimeoutMs }, async () => {
  const [first, out] = await sent(() => ask('45[.]79[.]54[.]105'));
  expect(out).toEqual([`/api/v3/ip_addresses/45.79.54.105 ${key}`]);
  expect(first).toMatchObject([{ state: 'hit', facts: { malicious: 4, total: 10 }, raw: { data: { id: 'x' } } }]);
  expect(JSON.stringify(first)).not.toContain(key);
  expect(await sent(() => ask('45.79.54.105'))).toEqual([first, []]);
});

test('nothing goes out for what is private, ours or empty', { timeout: startTimeoutMs }, async () => {
  const values = [
    '10.0.0.1',
    '100.64.0.1',
    '192.0.2.1',
    '2001:db8::1',
    '45.79.55.9',
    'http://10.0.0.1/',
    emptyFile,
    newline,
  ];
  const [answers, out] = await sent(() => ask(...values));
  expect(answers.map(({ state }) => state)).toEqual(values.map(() => 'skipped'));
  expect(out).toEqual([]);
});

test('many questions are not asked without a word', { timeout: startTimeoutMs }, async () => {
  const many = Array.from({ length: 21 }, (_, index) => `45.79.54.${index}`);
  const [ended, out] = await sent(() => workspace.tocsin('analyze', '--with', 'virustotal', ...many));
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
  expect(out).toEqual([]);
});

test('a running program answers by its API, and the command line by it', { timeout: startTimeoutMs }, async () => {
  const program: Program = await startProgram(workspace);
  try {
    const post = (body: object) =>
      program.api('/api/v1/analyses', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const [response, out] = await sent(() =>
      post({ analyzer: 'virustotal', observable: { kind: 'ip', value: '45.79.54.105' } }),
    );
    const answer: Answer = JSON.parse(await response.text());
    expect(answer).toMatchObject({
      state: 'hit',
      facts: { malicious: 4 },
      asked: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    expect(out).toEqual([]);

    const [again, more] = await sent(() => ask('45.79.54.105', '10.0.0.1', '45.79.54.106'));
    expect(again.map(({ state }) => state).toSorted()).toEqual(['hit', 'miss', 'skipped']);
    expect(again.find(({ state }) => state === 'skipped')).not.toHaveProperty('raw');
    expect(more).toEqual([`/api/v3/ip_addresses/45.79.54.106 ${key}`]);

    const { items } = await program.ask<{ items: readonly object[] }>('/api/v1/analyzers');
    expect(items).toContainEqual(expect.objectContaining({ id: 'virustotal', key: 'required', hasKey: true }));
    expect(items).toContainEqual(expect.objectContaining({ id: 'spur', key: 'required', hasKey: false }));
    expect(JSON.stringify(items)).not.toContain(key);
  } finally {
    await program.stop();
  }
});
