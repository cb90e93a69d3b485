// `tocsin import watcher|elastalert|sigma|panther FILE...`: detections of other systems as files of a workspace, and a
// list of all that could not be taken.

import { lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { formatProblem, type Problem, UserError } from '../core/problem.ts';
import type { Table } from '../core/table.ts';
import { parseCorrelation } from '../detect/correlation/document.ts';
import { parseRuleDocument } from '../detect/document.ts';
import { parseQueryDocument } from '../detect/query/document.ts';
import { parseSigmaDocument } from '../detect/sigma/document.ts';
import { importElastAlert } from '../import/elastalert/elastalert.ts';
import type { Imported, ImportedFile, ImportOptions } from '../import/import.ts';
import { importPanther } from '../import/panther.ts';
import { importSigma } from '../import/sigma.ts';
import { importWatcher } from '../import/watcher/watcher.ts';
import { parseLookup } from '../lookup/document.ts';
import { createSchemaReader } from '../schema/engine/schema-reader.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { plural, printableMessage } from './format.ts';
import { toJson } from './output.ts';
import { chooseSchemas } from './schemas.ts';
import { printable } from './width.ts';

const formats = ['watcher', 'elastalert', 'sigma', 'panther'] as const;
type Format = (typeof formats)[number];

interface ImportCommandOptions {
  readonly into?: string;
  readonly index: ReadonlyMap<string, string>;
  readonly force?: boolean;
}

interface Source {
  /** As the user gave it, for messages. */
  readonly file: string;
  /** On disk. */
  readonly full: string;
  /** Within the folder that was named, with `/`; of a named file, its name. */
  readonly path: string;
  readonly text: string;
}

const largestFile = 5 * 1024 * 1024;

export const command: CliCommand = {
  name: 'import',
  description: 'make files of a workspace from detections of other systems',
  define(self, act) {
    for (const format of formats) {
      const one = self
        .command(format)
        .description(about[format])
        .argument('<path...>', 'files and folders')
        .option('--into <workspace>', 'where the files go; the workspace where absent')
        .option('--force', 'overwrite files that are there');
      if (format === 'watcher' || format === 'elastalert')
        one.option('--index <pattern=type>', 'the log type of an index pattern; repeatable', indexOption, new Map());
      one.action(
        act(async (cli, paths: readonly string[], options: ImportCommandOptions) => {
          const root = resolve(options.into ?? cli.workspace);
          const sources = await readSources(paths, extensions[format]);
          const imported = await importAll(format, sources, { cli, root, indexes: options.index ?? new Map() });
          const found = options.force === true ? imported : await withoutThose(imported, root);
          await writeAll(found.files, root);
          await tell(cli, found);
          return found.refused.length > 0 ? exitCodes.failures : exitCodes.ok;
        }),
      );
    }
    self.addHelpText(
      'after',
      `
Ends with 1 if something could not be taken. Examples:
  tocsin import watcher port-scan.json --index 'logstash-tcpdump-*=Tcpdump.Tcp'
  tocsin import elastalert rules/ --into my-workspace
  tocsin import sigma ~/sigma/rules/linux
  tocsin import panther ~/panther-analysis`,
    );
  },
};

const about: Readonly<Record<Format, string>> = {
  watcher: "watches of Elasticsearch's Watcher, as queries",
  elastalert: 'rules of ElastAlert 2, as rules, correlations and queries',
  sigma: "Sigma's rules, correlations and filters, as they are",
  panther: 'a folder of panther-analysis, as it is',
};

const extensions: Readonly<Record<Format, RegExp>> = {
  watcher: /\.json$/i,
  elastalert: /\.ya?ml$/i,
  sigma: /\.ya?ml$/i,
  panther: /\.(?:ya?ml|py|csv|jsonl?|json)$/i,
};

function indexOption(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [, pattern, logType] = /^([^=]+)=([A-Za-z][\w.]*)$/.exec(text) ?? [];
  if (pattern === undefined || logType === undefined)
    throw new InvalidArgumentError("expected 'pattern=Log.Type', such as 'logstash-tcpdump-*=Tcpdump.Tcp'");
  return new Map([...before, [pattern.trim(), logType]]);
}

/** Files that are named, whatever they are called, and those of folders that have the extension. */
async function readSources(paths: readonly string[], wanted: RegExp): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    try {
      const isFolder = (await stat(path)).isDirectory();
      const names = isFolder ? (await readdir(path, { recursive: true })).toSorted() : [''];
      for (const name of names) {
        const full = isFolder ? join(path, name) : path;
        if (isFolder && (!wanted.test(name) || /(?:^|[\\/])\./.test(name) || !(await lstat(full)).isFile())) continue;
        const { size } = await stat(full);
        if (size > largestFile) throw new UserError(`${full} is larger than 5 MiB`, { exitCode: exitCodes.usage });
        const shown = isFolder ? name.split(sep).join('/') : basename(path);
        sources.push({ file: full, full, path: shown, text: await readFile(full, 'utf8') });
      }
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(`cannot read ${path}: ${printableMessage(cause)}`, { exitCode: exitCodes.usage, cause });
    }
  }
  return sources;
}

interface Where {
  readonly cli: Cli;
  readonly root: string;
  readonly indexes: ReadonlyMap<string, string>;
}

async function importAll(format: Format, sources: readonly Source[], { cli, root, indexes }: Where): Promise<Imported> {
  if (format === 'sigma') return together(sources.map((source) => importSigma(source, checkSigma)));
  if (format === 'panther') return importPanther(sources, checkPanther);
  const options = { tables: await tablesOf(cli, root), indexes };
  const imported: Imported[] = [];
  for (const source of sources) {
    const found =
      format === 'elastalert'
        ? importElastAlert(source, { ...options, scripts: new Map() })
        : await importOneWatch(source, options);
    imported.push(withOriginal(found, source));
  }
  return together(imported);
}

async function tablesOf(cli: Cli, root: string): Promise<readonly Table[]> {
  const schemas = await chooseSchemas({ ...cli, workspace: root }, undefined);
  return schemas.map((schema) => createSchemaReader(schema).table);
}

/** A folder of watches has other JSON in it too; only what has a trigger is one. */
async function importOneWatch(source: Source, options: Omit<ImportOptions, 'scripts'>): Promise<Imported> {
  if (source.path.includes('/') && !/"trigger"\s*:/.test(source.text)) return { files: [], refused: [], told: [] };
  const folder = dirname(resolve(source.full));
  const name = basename(source.path, extname(source.path));
  const title = name === 'watch' ? basename(folder) : name;
  return importWatcher(source, title, { ...options, scripts: await readScripts(join(folder, 'scripts')) });
}

/** `{"script": {"source": ...}}` by the file's name, as Elasticsearch's own examples have them. */
async function readScripts(folder: string): Promise<ReadonlyMap<string, string>> {
  const scripts = new Map<string, string>();
  const names = await readdir(folder).catch(() => []);
  for (const name of names.slice(0, 1000)) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (text.length > largestFile) continue;
    scripts.set(basename(name, extname(name)), name.endsWith('.json') ? scriptSource(text) : text);
  }
  return scripts;
}

function scriptSource(text: string): string {
  try {
    const { script }: { script?: { source?: unknown } } = JSON.parse(text);
    return typeof script?.source === 'string' ? script.source : text;
  } catch {
    return text;
  }
}

/** Not by an ending that would make it content of the workspace. */
function withOriginal(imported: Imported, { path, text }: Source): Imported {
  const [first] = imported.files;
  if (first === undefined) return imported;
  const extension = /\.ya?ml$/i.test(path) ? '.txt' : extname(path);
  const original = { path: first.path.replace(/\.yml$/, `.original${extension}`), text };
  return { ...imported, files: [...imported.files, original] };
}

function together(all: readonly Imported[]): Imported {
  return {
    files: all.flatMap(({ files }) => files),
    refused: all.flatMap(({ refused }) => refused),
    told: all.flatMap(({ told }) => told),
  };
}

function checkSigma(text: string, file: string): readonly Problem[] {
  const { problems, correlations } = parseSigmaDocument(text, file);
  return [...problems, ...correlations.flatMap((document) => parseCorrelation(document, file).problems)];
}

function checkPanther(type: string, text: string, file: string): readonly Problem[] {
  if (type === 'lookup_table') return parseLookup(text, file).problems;
  if (type.endsWith('query')) return parseQueryDocument(text, file).problems;
  return type === 'rule' || type === 'datamodel' || type === 'global' ? parseRuleDocument(text, file).problems : [];
}

/** Without files that would overwrite one, which are told as refused. */
async function withoutThose({ files, refused, told }: Imported, root: string): Promise<Imported> {
  const kept: ImportedFile[] = [];
  const there: Problem[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const other = seen.get(file.path);
    const isThere = await lstat(join(root, file.path)).then(
      () => true,
      () => false,
    );
    if (other !== undefined && other !== file.text)
      there.push({ file: file.path, message: 'two of the sources make this file' });
    else if (isThere) there.push({ file: file.path, message: 'is there already; --force overwrites it' });
    else if (other === undefined) kept.push(file);
    seen.set(file.path, file.text);
  }
  return { files: kept, refused: [...refused, ...there], told };
}

async function writeAll(files: readonly ImportedFile[], root: string): Promise<void> {
  for (const { path, text } of files) {
    const full = join(root, path);
    if (relative(root, full).startsWith('..')) throw new Error(`bug: ${path} leaves the workspace`);
    try {
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, text);
    } catch (cause) {
      throw new UserError(`cannot write ${full}: ${printableMessage(cause)}`, { cause });
    }
  }
}

async function tell(cli: Cli, { files, refused, told }: Imported): Promise<void> {
  if (cli.json) {
    await cli.stdout.line(toJson({ files: files.map(({ path }) => path), refused, told }, 2));
    return;
  }
  for (const { path } of files) await cli.stdout.line(printable(path));
  for (const problem of refused)
    await cli.stderr.line(cli.stderr.paint('red', printable(`not taken: ${formatProblem(problem)}`)));
  if (cli.quiet) return;
  for (const problem of told) await cli.stderr.line(printable(formatProblem(problem)));
  await cli.stderr.line(`${plural(files.length, 'file')} written, ${plural(refused.length, 'thing')} not taken`);
}
