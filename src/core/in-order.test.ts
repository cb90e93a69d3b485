import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inOrder } from './in-order.ts';

async function* numbers(count: number, taken: number[] = []): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) {
    taken.push(n);
    yield n;
  }
}

async function all<T>(input: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of input) items.push(item);
  return items;
}

async function* slow(): AsyncGenerator<number> {
  yield 1;
  await sleep(10_000, undefined, { ref: false });
  yield 2;
}

test('results come in the order of the input, though later ones are ready first', async () => {
  const slowFirst = inOrder(numbers(6), 3, async (n) => {
    await sleep(n % 3 === 0 ? 20 : 1);
    return n * 10;
  });
  expect(await all(slowFirst)).toStrictEqual([0, 10, 20, 30, 40, 50]);
});

test('no more than so many run at once, and input is taken no faster', async () => {
  const taken: number[] = [];
  let running = 0;
  let most = 0;
  const limited = inOrder(numbers(20, taken), 4, async (n) => {
    most = Math.max(most, ++running);
    await sleep(1);
    running--;
    return n;
  });
  const first = await limited.next();
  expect([first.value, taken.length <= 5]).toStrictEqual([0, true]);
  expect((await all(limited)).length).toBe(19);
  expect(most).toBe(4);
});

test('a result is given while the next input is not there yet', async () => {
  const results = inOrder(slow(), 4, (n) => n);
  expect((await results.next()).value).toBe(1);
});

test('a failure is thrown in its turn', async () => {
  const failing = inOrder(numbers(3), 3, async (n) => {
    if (n === 1) throw new Error('one');
    return n;
  });
  expect((await failing.next()).value).toBe(0);
  await expect(failing.next()).rejects.toThrow('one');
});
