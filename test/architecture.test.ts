// Holds the shape of src/: the direction of imports, one file per kind, names, first lines. It reads source text and
// knows nothing of what the code does. Where it complains, move the code; the layers change only with docs/decisions/.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { destinationKinds } from '../src/destination/index.ts';
import { sourceKinds } from '../src/source/index.ts';

/** Left to right: a part imports what stands further left, never its neighbours. */
const layers: readonly (readonly string[])[] = [
  ['core'],
  ['schema', 'lookup', 'detect', 'alert', 'case', 'source', 'destination', 'analyzer', 'store', 'honeypot', 'import'],
  ['app-port', 'work', 'pack'],
  ['fixed-rows', 'pool', 'counters', 'block-buffer'],
  ['worker', 'pipeline', 'jobs', 'schedule'],
  ['correlations'],
  ['content', 'config', 'lock'],
  ['lookups', 'honeypot-sessions', 'sightings'],
  ['app'],
  ['server', 'cli'],
  ['main'],
];

/** What is checked: texts by path from the checkout's root, the kinds of each kind folder, and the pages there are. */
interface Tree {
  readonly files: ReadonlyMap<string, string>;
  readonly kinds: Readonly<Record<string, readonly string[]>>;
  readonly pages: ReadonlySet<string>;
}

/** `src/source/tcp.ts` is of `source`, `src/pipeline.ts` and `src/pipeline/worker.ts` are of `pipeline`. */
function partOf(path: string): string {
  return path.split('/')[1]?.replace(/(\.test|\.suite)?\.ts$/, '') ?? '';
}

function layerOf(part: string): number {
  return layers.findIndex((layer) => layer.includes(part));
}

/** Relative paths in import, export from, import(), import type, import.meta.resolve and new URL(.., import.meta.url). */
function relativeImports(text: string): string[] {
  const forms = [
    /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"](\.[^'"]+)['"]/gm,
    /^\s*import\s*['"](\.[^'"]+)['"]/gm,
    /\bimport\(\s*['"`](\.[^'"`]+)['"`]/g,
    /\bimport\.meta\.resolve\(\s*['"`](\.[^'"`]+)['"`]/g,
    /\bnew URL\(\s*['"`](\.[^'"`]+\.[jt]s)['"`]\s*,\s*import\.meta\.url/g,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map((found) => found[1] ?? ''));
}

/** The demo is of the repository and not of the package; its command says so where it is missing. */
const mayLeave: Readonly<Record<string, string>> = { 'src/cli/demo.ts': 'demo/generate.ts' };

function importProblem(from: string, to: string, kinds: Tree['kinds']): string | undefined {
  if (!to.startsWith('src/')) return mayLeave[from] === to ? undefined : 'leaves src/';
  const [part, other] = [partOf(from), partOf(to)];
  const kind = (path: string): string | undefined =>
    kinds[partOf(path)]?.find((name) => path === `src/${partOf(path)}/${name}.ts`);
  if (part === other) {
    return kind(from) !== undefined && kind(to) !== undefined && from !== to
      ? 'is a kind that imports a kind'
      : undefined;
  }
  if (layerOf(other) < layerOf(part)) return undefined;
  return layerOf(other) === layerOf(part) ? 'imports a neighbour' : 'imports upwards';
}

function fileProblems(path: string, text: string, kinds: Tree['kinds']): string[] {
  const problems: string[] = [];
  const isTest = /\.(test|suite)\.ts$/.test(path);
  if (!isTest && layerOf(partOf(path)) < 0) problems.push(`${path}: is in no layer`);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.suite)?\.ts$/.test(name)) problems.push(`${path}: is not kebab-case`);
  // In a template it is text that is written somewhere else.
  const code = text.replaceAll(/`(?:\\[\s\S]|[^`\\])*`/g, '``');
  if (/^export\s+(default\b|\{[^}]*\bas default\b)/m.test(code)) problems.push(`${path}: has a default export`);
  // Tests are no part of the program; they may use what they need to try it.
  if (isTest) return problems;
  for (const relative of relativeImports(text)) {
    const to = normalize(join(dirname(path), relative));
    const problem = importProblem(path, to, kinds);
    if (problem !== undefined) problems.push(`${path}: ${problem} (${to})`);
  }
  return problems;
}

/** The main file is index.ts or the folder's namesake; where there is neither, one file has to introduce the folder. */
function folderProblems(files: Tree['files']): string[] {
  const folders = new Map<string, string[]>();
  for (const path of files.keys()) {
    if (/\.(test|suite)\.ts$/.test(path)) continue;
    folders.set(dirname(path), [...(folders.get(dirname(path)) ?? []), path]);
  }
  const introduces = (path: string): boolean =>
    /^(\/\/.*\n\/\/|\/\*\*[^\n]*\n \*|\/\/ .*[.:]\n)/.test(files.get(path) ?? '');
  return [...folders].flatMap(([folder, paths]) => {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    const main = [`${folder}/index.ts`, `${folder}/${name}.ts`].find((path) => files.has(path));
    if (main !== undefined) return introduces(main) ? [] : [`${main}: does not start with a comment`];
    return paths.some(introduces) ? [] : [`${folder}: no file starts with a comment`];
  });
}

function kindProblems({ files, kinds, pages }: Tree): string[] {
  return Object.entries(kinds).flatMap(([folder, names]) =>
    names.flatMap((name) => [
      ...(files.has(`src/${folder}/${name}.ts`) ? [] : [`src/${folder}/${name}.ts: the kind has no file`]),
      ...(pages.has(`docs/reference/${folder}/${name}.md`) ? [] : [`docs/reference/${folder}/${name}.md: is missing`]),
    ]),
  );
}

function problemsOf(tree: Tree): string[] {
  return [
    ...[...tree.files].flatMap(([path, text]) => fileProblems(path, text, tree.kinds)),
    ...folderProblems(tree.files),
    ...kindProblems(tree),
  ];
}

const root = fileURLToPath(new URL('..', import.meta.url));

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`);
}

function readTree(): Tree {
  const paths = filesBelow('src').filter((path) => path.endsWith('.ts'));
  return {
    files: new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])),
    kinds: { source: Object.keys(sourceKinds), destination: Object.keys(destinationKinds) },
    pages: new Set(filesBelow('docs')),
  };
}

test('src/ keeps to the layers, names and pages of the design', () => {
  const tree = readTree();
  expect(tree.files.size).toBeGreaterThan(10);
  expect(problemsOf(tree)).toEqual([]);
});

const intro = '// What it is.\n// What it must not do.\n';

/** Problems of a small tree of one planted file beside sound ones. */
function planted(path: string, text: string): string[] {
  const sound: [string, string][] = [
    ['src/core/event.ts', intro],
    [
      'src/source/index.ts',
      `${intro}import { tcp } from './tcp.ts';\nimport type { Event } from '../core/event.ts';\n`,
    ],
    ['src/source/lines.ts', intro],
    ['src/source/tcp.ts', `${intro}import { cut } from './lines.ts';\n`],
    ['src/source/file.ts', intro],
  ];
  return problemsOf({
    files: new Map([...sound, [path, text]]),
    kinds: { source: ['tcp', 'file'] },
    pages: new Set(['docs/reference/source/tcp.md', 'docs/reference/source/file.md']),
  });
}

const upwards: [string, string][] = [
  ['import', "import { app } from '../app.ts';\n"],
  ['import over several lines', "import {\n  a,\n  b,\n} from '../app.ts';\n"],
  ['import type', "import type { App } from '../app.ts';\n"],
  ['import for its effect', "import '../app.ts';\n"],
  ['export from', "export { app } from '../app.ts';\n"],
  ['export type from', "export type * from '../app.ts';\n"],
  ['import()', "const app = await import('../app.ts');\n"],
  ['import() type', "let app: import('../app.ts').App;\n"],
  ['a worker', "new Worker(new URL('../app.ts', import.meta.url));\n"],
];
test.each(upwards)('finds an import upwards by %s', (_form, text) => {
  expect(planted('src/core/clock.ts', intro + text)).toEqual(['src/core/clock.ts: imports upwards (src/app.ts)']);
});

const faults: [string, string, string, string][] = [
  ['a neighbour', 'src/alert/fold.ts', `${intro}import '../source/tcp.ts';`, 'imports a neighbour (src/source/tcp.ts)'],
  [
    'a kind in a kind',
    'src/source/file.ts',
    `${intro}import './tcp.ts';`,
    'is a kind that imports a kind (src/source/tcp.ts)',
  ],
  ['a way out of src/', 'src/core/clock.ts', `${intro}import '../../bench/run.ts';`, 'leaves src/ (bench/run.ts)'],
  ['a part in no layer', 'src/shared/x.ts', intro, 'is in no layer'],
  ['a name', 'src/core/myClock.ts', intro, 'is not kebab-case'],
  ['a default export', 'src/core/clock.ts', `${intro}export default 1;\n`, 'has a default export'],
  ['a renamed default export', 'src/core/clock.ts', `${intro}export { a as default };\n`, 'has a default export'],
  ['a main file without words', 'src/alert/index.ts', 'export const a = 1;\n', 'does not start with a comment'],
];
test.each(faults)('finds %s', (_fault, path, text, problem) => {
  expect(planted(path, text)).toEqual([`${path}: ${problem}`]);
});

test('finds a folder that nothing introduces, a kind without a file and a kind without a page', () => {
  expect(planted('src/alert/fold.ts', 'export const a = 1;\n')).toEqual(['src/alert: no file starts with a comment']);
  const tree = { files: new Map(), kinds: { source: ['s3'] }, pages: new Set<string>() };
  expect(problemsOf(tree)).toEqual([
    'src/source/s3.ts: the kind has no file',
    'docs/reference/source/s3.md: is missing',
  ]);
});

test('is quiet on a sound tree', () => {
  expect(planted('src/cli/init.ts', `${intro}const example = \`\nexport default rule({});\n\`;\n`)).toEqual([]);
  expect(planted('src/source/tcp.test.ts', `${intro}import { app } from '../app.ts';\n`)).toEqual([]);
});
