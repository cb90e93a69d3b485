import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCaptured } from './run-captured.suite.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tocsin-sigma-check-'));
  for (const folder of ['rules', 'correlations']) await mkdir(join(root, folder));
});
afterAll(() => rm(root, { recursive: true }));

const loadContent = async () => ({ schemas: [], detections: [], problems: [] });

async function check(settings: string, files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries({ 'tocsin.yml': settings, ...files }))
    await writeFile(join(root, name), text);
  const ran = await runCaptured(['sigma', 'check', '--no-blind'], { cwd: root, program: { loadContent } });
  for (const name of Object.keys(files)) await rm(join(root, name));
  return [ran.code, ran.stdout, ran.stderr];
}

const admins = {
  'rules/a.yml': "title: A\nlogsource: {product: windows}\ndetection: {s: {User|expand: '%admins%'}, condition: s}\n",
};

test('placeholders have the values of the settings', async () => {
  expect(await check('sigma: {placeholders: {admins: [alice]}}\n', admins)).toEqual([
    0,
    '',
    '1 rule: 0 problems, 1 blind\n',
  ]);
  expect(await check('name: x\n', admins)).toEqual([
    1,
    'rules/a.yml:3:17: User|expand: there is no value for the placeholder %admins%\n',
    '0 rules: 1 problem, 0 blind\n',
  ]);
});

const correlation = (type: string) =>
  `title: C\nid: c\ncorrelation: {type: ${type}, rules: [a], timespan: 1h, condition: {gte: 2}}\n`;

test('correlations are checked, too, and ids that are taken are told', async () => {
  expect(await check('name: x\n', { 'correlations/c.yml': correlation('event_cuont') })).toEqual([
    1,
    expect.stringMatching(/^correlations\/c\.yml:3:\d+: correlation\.type: /),
    '0 rules: 1 problem, 0 blind\n',
  ]);
  const both = { 'correlations/c.yml': correlation('event_count'), 'correlations/d.yml': correlation('event_count') };
  expect(await check('name: x\n', both)).toEqual([
    1,
    'correlations/d.yml: c is the id of the rule in correlations/c.yml already\n',
    '0 rules, 1 correlation (whose rules are looked up by `tocsin doctor`): 1 problem, 0 blind\n',
  ]);
});
