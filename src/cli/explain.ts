// `tocsin explain FILE|-`: of each line, what every schema says: taken with which score, dropped, or why not; and what the
// lookup tables know about the event, at its time or at another.

import { loadConfig } from '../config.ts';
import { readWorkspace } from '../content.ts';
import { explainJoin, type Finding } from '../lookup/join.ts';
import type { LookupTable } from '../lookup/table.ts';
import { type Candidate, createClassifier } from '../schema/engine/classify.ts';
import { Records } from '../schema/engine/record.ts';
import { formatTime } from '../schema/time.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { listOption, parseCount } from './format.ts';
import { readLines } from './input.ts';
import { toJson } from './output.ts';
import { chooseSchemas } from './schemas.ts';
import { openStoredTables } from './stored-tables.ts';
import { pad, printable, truncate } from './width.ts';

interface ExplainOptions {
  readonly schema?: readonly string[];
  readonly limit: number;
}

export const command: CliCommand = {
  name: 'explain',
  description: 'say why each schema does or does not take a line',
  define(self, act) {
    self
      .argument('<file>', 'a file (gzip too), or - for stdin')
      .option('--schema <names>', 'log types or schema files, with commas; all where absent', listOption)
      .option('-n, --limit <lines>', 'lines at most', parseCount, 10)
      .action(
        act(async (cli, path: string, options: ExplainOptions) => {
          const classifier = createClassifier(await chooseSchemas(cli, options.schema));
          const tables = await readTables(cli);
          let left = options.limit;
          for await (const line of readLines([path], cli.stdin)) {
            const records = new Records(Buffer.from(line));
            const candidates = classifier.explain(records, 0, records.bytes.length, Date.now());
            const reader = classifier.classify(records, 0, records.bytes.length, Date.now());
            const findings =
              reader === undefined
                ? []
                : explainJoin(tables, reader.schema.name, (name) => reader.select(name), reader.time(Date.now()));
            const answer = { line, candidates, findings: findings.map(toAnswer) };
            await cli.stdout.write(cli.json ? `${toJson(answer)}\n` : lines(line, candidates, findings, cli));
            if (--left === 0) break;
          }
          return exitCodes.ok;
        }),
      );
  },
};

/** None where no workspace is found: a schema file can be tried anywhere. Fetched tables are those that were stored. */
async function readTables(cli: Cli): Promise<readonly LookupTable[]> {
  const { config } = await loadConfig(cli.workspace, { env: cli.env });
  const { tables } = await openStoredTables(await readWorkspace(config.workspace, config.packs), config.data);
  return tables;
}

/** Times as text; absent where there is no bound. */
function toAnswer({ from, to, ...finding }: Finding) {
  return {
    ...finding,
    ...(Number.isFinite(from) ? { from: new Date(from).toISOString() } : {}),
    ...(Number.isFinite(to) ? { to: new Date(to).toISOString() } : {}),
  };
}

function findingText({ table, selector, value, holds, from, to }: Finding): string {
  const bounds = [
    ...(Number.isFinite(from) ? [`from ${formatTime(from)}`] : []),
    ...(Number.isFinite(to) ? [`until ${formatTime(to)}`] : []),
  ].join(' ');
  const listed = bounds === '' ? 'listed' : `listed ${bounds}`;
  return `${table}: ${selector} ${value} is ${holds ? listed : `not listed at the event's time; it is ${listed}`}`;
}

function lines(line: string, candidates: readonly Candidate[], findings: readonly Finding[], { stdout }: Cli): string {
  const width = stdout.isTTY ? stdout.columns() : Number.MAX_SAFE_INTEGER;
  const names = Math.max(...candidates.map(({ schema }) => schema.length), 0);
  const said = candidates.map(({ schema, taken, score, reason }, index) => {
    // The first one that takes the record gets it.
    const mark = taken && index === 0 ? stdout.paint('green', '=>') : '  ';
    const text = taken ? `takes it, score ${score}` : reason;
    const shown = truncate(printable(text), Math.max(20, width - names - 5));
    return `${mark} ${pad(schema, names)}  ${taken ? shown : stdout.paint('dim', shown)}`;
  });
  const known = findings.map((finding) => {
    const mark = finding.holds ? stdout.paint('green', ' +') : ' -';
    return `${mark} ${truncate(printable(findingText(finding)), Math.max(20, width - 3))}`;
  });
  return `${[stdout.paint('bold', truncate(printable(line), width)), ...said, ...known].join('\n')}\n\n`;
}
