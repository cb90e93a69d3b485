import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askResolver } from './ask-resolver.ts';

const named = new Set([
  '8.8.8.8.in-addr.arpa',
  '8.8.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.ip6.arpa',
]);
const broken = '9.9.9.9.in-addr.arpa';

/** A name server. */
const server = createSocket('udp4');

beforeAll(async () => {
  server.on('message', (question, { port, address }) => {
    const end = question.indexOf(0, 12) + 5;
    const name = labels(question.subarray(12));
    const code = named.has(name) ? 0 : name === broken ? 2 : 3;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180 + code, 2);
    head.writeUInt16BE(code === 0 ? 1 : 0, 6);
    head.fill(0, 8);
    const target = Buffer.from('\u0003dns\u0006google\0', 'latin1');
    const record = [Buffer.from('c00c000c000100000e1000', 'hex'), Buffer.from([target.length]), target];
    server.send(Buffer.concat([head, question.subarray(12, end), ...(code === 0 ? record : [])]), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
});

/** RFC 1035 3.1, without the root. */
function labels(name: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; name[at] !== 0; at += 1 + (name[at] ?? 0)) {
    parts.push(name.toString('latin1', at + 1, at + 1 + (name[at] ?? 0)));
  }
  return parts.join('.');
}

const google = { kind: 'answered', answer: { status: 200, body: { names: ['dns.google'] } }, retryAfter: null };

test.each([
  ['8.8.8.8', google],
  ['2001:4860:4860::8888', google],
  ['8.8.4.4', { kind: 'answered', answer: { status: 404, body: { names: [] } }, retryAfter: null }],
  ['9.9.9.9', { kind: 'failed', message: 'the resolver answered ESERVFAIL', isServices: false }],
])('the names of %s', async (address, asked) => {
  const servers = [`127.0.0.1:${server.address().port}`];
  expect(await askResolver(`dns://resolver/${address}`, 2000, servers)).toEqual(asked);
});
