// The reference pages hold what the code says of itself: settings of each kind, routes of the API, commands. Where one
// fails, take the table that it expects into the page.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { commands } from '../src/cli/index.ts';
import { configShape } from '../src/config/shape.ts';
import { destinationKinds } from '../src/destination/index.ts';
import { sourceKinds } from '../src/source/index.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** As Markdown, from the kind's own description of its settings. */
function settingsTable(settings: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' });
  const rows = Object.entries(properties).map(([name, property]) => {
    const about = typeof property === 'object' ? property : {};
    const byDefault = about.default === undefined ? '' : `\`${JSON.stringify(about.default)}\``;
    const meaning = (about.description ?? '').replaceAll('|', '\\|');
    return `| \`${name}\` | ${required.includes(name) ? 'required' : byDefault} | ${meaning} |`;
  });
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

const kinds = [
  ...Object.entries(sourceKinds).map(([kind, { settings, description }]) => ({
    folder: 'source',
    kind,
    settings,
    description,
  })),
  ...Object.entries(destinationKinds).map(([kind, { settings, description }]) => ({
    folder: 'destination',
    kind,
    settings,
    description,
  })),
];

test.each(kinds)('the page of $folder $kind has its settings', ({ folder, kind, settings }) => {
  expect(read(`../docs/reference/${folder}/${kind}.md`)).toContain(`\n${settingsTable(settings)}\n`);
});

test.each(kinds)('the list of each $folder has $kind with its description', ({ folder, kind, description }) => {
  const line = `| [\`${kind}\`](${kind}.md) | ${description.replace(/\.$/, '')} |`;
  expect(read(`../docs/reference/${folder}/README.md`)).toContain(`\n${line}\n`);
});

test('the page of the API has the routes and scopes of the table in server/authorize.ts', () => {
  const table = /const access = \{([\s\S]*?)\} as const/.exec(read('../src/server/authorize.ts'))?.[1] ?? '';
  const routes = [...table.matchAll(/'([A-Z]+ \/[^']*)': '([a-z]+)'/g)].map((found) => `${found[1]} ${found[2]}`);
  const told = [...read('../docs/reference/api.md').matchAll(/^\| `([A-Z]+ \/[^`]*)` \| (\w+) \|/gm)];
  expect(routes.length).toBeGreaterThan(10);
  expect(told.map((found) => `${found[1]} ${found[2]}`)).toEqual(routes);
});

test('the page of the configuration has every key of tocsin.yml', () => {
  const page = read('../docs/reference/configuration.md');
  const keys = [...page.matchAll(/^\| `([\w.]+)` \|/gm)].map((found) => found[1]?.split('.')[0]);
  expect(new Set(keys)).toEqual(new Set(Object.keys(configShape.shape)));
});

test('the page of the command line has every command with its description', () => {
  const page = read('../docs/reference/cli.md');
  const rows = [...page.matchAll(/^\| `tocsin ([\w-]+)` \| ([^|]+) \|/gm)].map((found) => `${found[1]}: ${found[2]}`);
  expect(rows.toSorted()).toEqual(commands.map(({ name, description }) => `${name}: ${description}`).toSorted());
});
