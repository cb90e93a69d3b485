import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

test('at most so many run at once, in order, also when some fail', async () => {
  const slots = createSlots(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = async (index: number): Promise<number> => {
    order.push(index);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (index % 3 === 0) throw new Error(`planted ${index}`);
    return index;
  };
  const settled = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => slots(() => work(index))));
  const results = settled.map((each) => (each.status === 'fulfilled' ? each.value : 'x')).join('');
  expect(results).toBe('x12x45x78');
  expect([order, most, running]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], 2, 0]);
  await Promise.allSettled(Array.from({ length: 9 }, (_, index) => slots(() => work(index))));
  expect(most).toBe(2);
});

test('between two pieces of work everything else has its turn', async () => {
  const slots = createSlots(1);
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(Array.from({ length: 10 }, () => slots(() => Promise.resolve())));
  for (let index = 0; index < 10; index++) await slots(() => Promise.resolve());
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(19);
});
