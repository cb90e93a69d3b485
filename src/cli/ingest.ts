// `tocsin ingest FILE...`: files into the store, through schemas and rules, once. While another process holds the data
// folder they go to one of its HTTP sources.

import { createReadStream } from 'node:fs';
import type { Running } from './program.ts';
import type { Config, SourceConfig } from '../config.ts';
import { UserError } from '../core/problem.ts';
import { sourceKinds } from '../source/index.ts';
import type { ApiClient } from './api-client.ts';
import { findRunning } from './backend.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { formatBytes, plural } from './format.ts';
import { type InputFile, listFiles } from './input.ts';
import { listOption } from './format.ts';
import { readSummary, renderSummary } from './ingest-summary.ts';
import { toJson } from './output.ts';
import { tellProblems } from './problems.ts';
import { createProgressBar } from './progress.ts';
import { requireConfig } from './workspace.ts';

interface IngestOptions {
  readonly schema?: readonly string[];
  readonly source?: string;
  readonly again?: boolean;
}

const defaultSource = 'ingest';
const lookEveryMs = 200;

export const command: CliCommand = {
  name: 'ingest',
  description: 'read files into the store, once',
  define(self, act) {
    self
      .argument('<file...>', 'files (gzip too), or folders of them')
      .option('--schema <names>', 'log types that the records may be, with commas; all where absent', listOption)
      .option(
        '--source <id>',
        `source id that the events get; an HTTP source's while tocsin runs (default: ${defaultSource})`,
      )
      .option('--again', 'also what an earlier run had read')
      .addHelpText(
        'after',
        `
What was read before is not read again: a run that was stopped is finished by the same command.

Examples:
  tocsin ingest --schema Nginx.Access /var/log/nginx/access.log*
  tocsin ingest --schema Zeek.Conn logs/`,
      )
      .action(
        act(async (cli, paths: readonly string[], options: IngestOptions) => {
          const config = await requireConfig(cli);
          const files = await listFiles(paths);
          const api = await findRunning(config);
          return api === undefined ? readFiles(cli, config, files, options) : sendFiles(cli, api, files, options);
        }),
      );
  },
};

/** Starts the program with the files as its only source, and stops it when they are read. */
async function readFiles(
  cli: Cli,
  config: Config,
  files: readonly InputFile[],
  options: IngestOptions,
): Promise<number> {
  const source = await sourceFor(cli, config, files, options);
  const interrupt = cli.onInterrupt();
  const opened = Date.now();
  const running = await cli.program.start(config, {
    api: false,
    sources: [source],
    again: options.again === true,
    warn: cli.warn,
  });
  const started = Date.now();
  try {
    await tellProblems(cli, running.app.content.problems);
    const finished = await follow(cli, running, source.id, files, interrupt);
    const summary = await readSummary(running.app, source.id, opened, Date.now() - started);
    await cli.stdout.write(cli.json ? `${toJson(summary, 2)}\n` : renderSummary(summary, cli.stdout));
    if (finished) return exitCodes.ok;
    await cli.stderr.line('stopped; the same command goes on from here');
    return exitCodes.interrupted;
  } finally {
    await running.stop();
  }
}

/** Shows how far it is until all is stored (true) or somebody interrupts (false). */
async function follow(
  cli: Cli,
  running: Running,
  id: string,
  files: readonly InputFile[],
  interrupt: AbortSignal,
): Promise<boolean> {
  const status = () => running.app.sources().find((source) => source.id === id);
  const before = status();
  const bar = createProgressBar(cli.stderr, { quiet: cli.quiet || Boolean(cli.env['CI']) });
  // What gzip unpacks to is not known beforehand.
  const total = files.some((file) => file.compressed) ? undefined : files.reduce((sum, file) => sum + file.bytes, 0);
  const timer = setInterval(() => {
    const now = status();
    if (now === undefined) return;
    bar.show({
      doneBytes: now.bytes - (before?.bytes ?? 0),
      events: now.events - (before?.events ?? 0),
      ...(total !== undefined && { totalBytes: total }),
      file: now.message,
    });
  }, lookEveryMs);
  try {
    return await Promise.race([
      running.finished().then(() => true),
      new Promise<false>((resolve) => {
        if (interrupt.aborted) resolve(false);
        interrupt.addEventListener('abort', () => resolve(false), { once: true });
      }),
    ]);
  } finally {
    clearInterval(timer);
    bar.end();
  }
}

async function sourceFor(
  cli: Cli,
  config: Config,
  files: readonly InputFile[],
  options: IngestOptions,
): Promise<SourceConfig> {
  const { schemas } = await cli.program.loadContent(config);
  const known = schemas.map((schema) => schema.name);
  for (const name of options.schema ?? []) {
    if (!known.includes(name)) {
      throw new UserError(`there is no schema ${name}; there are: ${known.toSorted().join(', ')}`, {
        exitCode: exitCodes.usage,
      });
    }
  }
  const id = options.source ?? defaultSource;
  const configured = config.sources.find((source) => source.id === id);
  return {
    id,
    type: 'file',
    schemas: options.schema ?? configured?.schemas ?? known,
    enabled: true,
    settings: sourceKinds.file.settings.parse({ paths: files.map((file) => file.path), follow: false }),
  };
}

/** To the process that holds the data folder: it acknowledges what is on its disk, and its rules do the rest. */
async function sendFiles(
  cli: Cli,
  api: ApiClient,
  files: readonly InputFile[],
  options: IngestOptions,
): Promise<number> {
  const { source } = options;
  if (source === undefined) {
    throw new UserError(
      `tocsin runs at ${api.where}: give --source with the id of an HTTP source of it, or stop it and try again`,
      { exitCode: exitCodes.usage },
    );
  }
  if (options.schema !== undefined) {
    throw new UserError('--schema cannot be given while tocsin runs: the schemas are those of the HTTP source', {
      exitCode: exitCodes.usage,
    });
  }
  let records = 0;
  let bytes = 0;
  for (const file of files) {
    const contentType = file.compressed ? 'application/gzip' : 'text/plain';
    const sent = await api.ingest(source, createReadStream(file.path), { contentType, file: file.path });
    records += sent.records;
    bytes += sent.bytes;
  }
  if (cli.json) await cli.stdout.write(`${toJson({ records, bytes, source, address: api.where }, 2)}\n`);
  else await cli.stdout.line(`${plural(records, 'record')} (${formatBytes(bytes)}) taken by ${api.where}`);
  return exitCodes.ok;
}
