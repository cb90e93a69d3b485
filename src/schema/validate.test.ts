import { expect, test } from 'vitest';
import { compileValidate } from './validate.ts';

test('the conditions of validate', () => {
  expect(['a', 'b', ''].map(compileValidate({ allow: ['a'] }))).toEqual([true, false, false]);
  expect(['a', 'b', 'c'].map(compileValidate({ allow: ['a', 'b'], deny: ['a'] }))).toEqual([true, true, false]);
  expect(['a', 'b', 'c'].map(compileValidate({ deny: ['a', 'b'] }))).toEqual([false, false, true]);
  expect(['1.2.3.4', '::1', 'x'].map(compileValidate({ ip: 'any' }))).toEqual([true, true, false]);
  expect(['1.2.3.4', '::1', 'x'].map(compileValidate({ ip: 'ipv4' }))).toEqual([true, false, false]);
  expect(['10.0.0.0/8', '::/0', '10.0.0.0'].map(compileValidate({ cidr: 'ipv6' }))).toEqual([false, true, false]);
  expect(['1.2.3.4', '1.2.3.5'].map(compileValidate({ ip: 'any', deny: ['1.2.3.4'] }))).toEqual([false, true]);
  expect(['x'].map(compileValidate({}))).toEqual([true]);
});
