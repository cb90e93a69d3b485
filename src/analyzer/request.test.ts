import { expect, test } from 'vitest';
import { postForm, recordedName, segment } from './request.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001%3Adb8%3A%3A1'],
  ['a/../b?c#d', 'a%2F..%2Fb%3Fc%23d'],
  ['..', '-'],
  ['\ud800', '%EF%BF%BD'],
])('segment: %j is %s', (value, wanted) => expect(segment(value)).toBe(wanted));

test('a form keeps its values apart', () => {
  expect(postForm('https://a.example/', { 'auth-key': 'k' }, { host: 'x&url=y z' })).toEqual({
    method: 'POST',
    url: 'https://a.example/',
    headers: { 'auth-key': 'k', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'host=x%26url%3Dy+z',
  });
});

test.each([
  ['192.0.2.1', 'a_192.0.2.1'],
  ['2001:db8::1', 'a_2001_db8__1'],
  ['http://b/c?d=é', 'a_http___b_c_d__'],
  ['../../etc/passwd', 'a_.._.._etc_passwd'],
])('recordedName: %j is %s', (value, wanted) => expect(recordedName('a', value)).toBe(wanted));

test('a long value makes a name that fits and is its own', () => {
  const names = ['1', '2'].map((end) => recordedName('malwarebazaar', 'a/'.repeat(500) + end));
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^\w{180,200}$/);
});
