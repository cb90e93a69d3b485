import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readIntervals, writeIntervals } from './interval-file.ts';
import { foldList, type Intervals, noIntervals } from './intervals.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-intervals-'));
  path = join(folder, 'intervals.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = { primaryKey: 'ip', match: 'exact' } as const;
const first = foldList(noIntervals, [{ ip: 'a' }, { ip: 'b\n"', port: 22 }], { ...options, time: 1000 }).intervals;
const second = foldList(first, [{ ip: 'b\n"', port: 23 }, { ip: '__proto__' }], { ...options, time: 2000 }).intervals;

test('what is written is read again', async () => {
  expect(await readIntervals(path)).toStrictEqual({ intervals: noIntervals });
  await writeIntervals(path, first);
  await writeIntervals(path, second);
  expect(await readIntervals(path)).toStrictEqual({ intervals: second });
  expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toStrictEqual([
    '{"intervals":1,"time":2000}\n["a",[1000,2000]]\n["b\\n\\"",[1000,null],{"ip":"b\\n\\"","port":23}]\n["__proto__",[2000,null]]\n',
    ['intervals.jsonl'],
  ]);
});

test('a crash while it is written leaves the former file', async () => {
  await writeIntervals(path, first);
  const breaking: Intervals = {
    time: 2000,
    values: {
      *[Symbol.iterator]() {
        yield ['a', { spans: [1000, 2000] }];
        throw new Error('crash');
      },
    } as unknown as Intervals['values'],
  };
  await expect(writeIntervals(path, breaking)).rejects.toThrow('crash');
  expect(readdirSync(folder)).toStrictEqual(['intervals.jsonl', 'intervals.jsonl.new']);
  expect(await readIntervals(path)).toStrictEqual({ intervals: first });
});

test.each([
  ['{"intervals":1,"time":2000}\n["a",[1000,2000]]\n["b"', 'the last line is not whole'],
  ['{"intervals":1}\n', 'the first line has no time'],
  ['null\n', 'the first line has no time'],
  ['{"intervals":1,"time":2000}\n["a",[1000]]\n', '["a",[1000]] is not expected'],
  ['{"intervals":1,"time":2000}\n["a",["x",null]]\n', '["a",["x",null]] is not expected'],
  ['{"intervals":1,"time":2000}\n["a",[1,null],"x"]\n', '["a",[1,null],"x"] is not expected'],
  ['not JSON\n', 'Unexpected token'],
])('a damaged file is set aside, and told: %j', async (text, message) => {
  writeFileSync(path, text);
  const { intervals, problem } = await readIntervals(path);
  expect(intervals).toStrictEqual(noIntervals);
  expect(problem).toContain(`the intervals are damaged and begin anew: ${message}`);
  expect(readdirSync(folder)).toStrictEqual(['intervals.jsonl.damaged']);
});
