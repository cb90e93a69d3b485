import { expect, test } from 'vitest';
import { redirectTarget } from './redirect.ts';

const names: Readonly<Record<string, readonly string[]>> = {
  'rdap.registry.dev': ['193.0.6.142'],
  'half.dev': ['193.0.6.142', '10.0.0.1'],
};
const resolve = (async (name: string) =>
  (names[name] ?? [name]).map((address) => ({
    address,
    family: 4,
  }))) as unknown as typeof import('node:dns/promises').lookup;

test.each([
  [302, 'https://rdap.registry.dev/ip/1.1.1.1', 'https://rdap.registry.dev/ip/1.1.1.1'],
  [301, '/ip/1.1.1.1', 'https://193.0.6.142/ip/1.1.1.1'],
  [200, 'https://rdap.registry.dev/', undefined],
  [302, 'http://rdap.registry.dev/', undefined],
  [302, 'https://rdap.registry.dev:8443/', undefined],
  [302, 'https://a@rdap.registry.dev/', undefined],
  [302, 'https://127.0.0.1/', undefined],
  [302, 'https://0x7f000001/', undefined],
  [302, 'https://[::1]/', undefined],
  [302, 'https://half.dev/', undefined],
  [302, 'file:///etc/passwd', undefined],
  [302, 'https://', undefined],
])('%d to %s: %s', async (status, location, target) => {
  const response = new Response(null, { status, headers: { location } });
  expect(await redirectTarget(response, 'https://193.0.6.142/x', resolve)).toBe(target);
});
