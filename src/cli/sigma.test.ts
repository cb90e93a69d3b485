import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWorkspace } from '../content.ts';
import { runCaptured } from './run-captured.suite.ts';

const root = await mkdtemp(join(tmpdir(), 'tocsin-sigma-'));
afterAll(() => rm(root, { recursive: true, force: true }));

function rule(title: string, source: string, selection: string): string {
  return `title: ${title}\nlogsource: ${source}\ndetection: {s: ${selection}, condition: s}\n`;
}

beforeAll(async () => {
  await mkdir(join(root, 'rules'));
  await mkdir(join(root, 'schemas'));
  await writeFile(join(root, 'tocsin.yml'), 'data: .tocsin\n');
  await writeFile(
    join(root, 'schemas/web.yml'),
    'schema: Custom.Web\necs: {event.category: web}\nfields:\n  - {name: agent, type: string, ecs: user_agent.original}\n',
  );
  await writeFile(join(root, 'rules/a.yml'), rule('Sees', '{service: Custom.Web}', '{cs-user-agent: x}'));
  await writeFile(join(root, 'rules/b.yml'), rule('Blind', '{service: Custom.Web}', '{cs-method: GET}'));
  await writeFile(join(root, 'rules/c.yml'), rule('Lost', '{product: nowhere}', '{a: x}'));
  await writeFile(
    join(root, 'rules/f.yml'),
    'title: F\nlogsource: {service: Custom.Web}\nfilter: {rules: [Sees], s: {agent: y}, condition: s}\n',
  );
  await writeFile(join(root, 'rules/python.yml'), 'AnalysisType: global\n');
});

function check(...words: readonly string[]) {
  const loadContent = async () => {
    const { schemas } = await readWorkspace(root);
    return { schemas, detections: [], problems: [] } as never;
  };
  return runCaptured(['sigma', 'check', '--workspace', root, ...words], { cwd: root, program: { loadContent } });
}

test('blind rules and the effective conditions of filters are told', async () => {
  expect(await check()).toEqual({
    code: 0,
    stdout: [
      'rules/b.yml: Blind: blind: Custom.Web has no cs-method',
      'rules/c.yml: Lost: blind: no schema makes events of `nowhere`',
      'rules/f.yml: Sees: (s) and not (s)',
      '',
    ].join('\n'),
    stderr: '3 rules: 0 problems, 2 blind\n',
  });
});

test('a rule that is refused ends with 1', async () => {
  const file = join(root, 'broken.yml');
  await writeFile(file, 'title: B\nlogsource: {product: x}\ndetection: {s: {a|x: 1}, condition: s}\n');
  const { code, stdout, stderr } = await check('--no-blind', file);
  expect(code).toBe(1);
  expect(stdout).toMatch(/broken\.yml:3:17: a\|x: there is no modifier `x`\n$/);
  expect(stderr).toBe('0 rules: 1 problem, 0 blind\n');
});

test('all of it as JSON', async () => {
  const { stdout } = await check('--json');
  expect(JSON.parse(stdout)).toMatchObject({
    rules: [
      { id: 'Sees', file: 'rules/a.yml', logTypes: ['Custom.Web'], condition: '(s) and not (s)' },
      { id: 'Blind', logTypes: ['Custom.Web'] },
      { id: 'Lost', logTypes: [] },
    ],
    filters: [{ title: 'F', rules: ['Sees'] }],
    blind: [
      { id: 'Blind', why: 'fields', missing: { 'Custom.Web': ['cs-method'] } },
      { id: 'Lost', why: 'log source', logsource: 'nowhere' },
    ],
    problems: [],
  });
});

test('a path that is not there is a mistake of the command line', async () => {
  expect(await check(join(root, 'no-such'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no') as string,
  });
});
