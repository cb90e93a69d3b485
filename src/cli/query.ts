// `tocsin query SQL`: rows on stdout, the number of rows and the time on stderr.

import { text } from 'node:stream/consumers';
import { Option } from 'commander';
import { UserError } from '../core/problem.ts';
import { withBackend } from './backend.ts';
import { type CliCommand, exitCodes, type InputStream } from './command.ts';
import { formatBytes, formatDuration, parseCount, plural } from './format.ts';
import { renderCsv, renderTable, renderTsv, type TableColumn, toJson } from './output.ts';

const formats = ['table', 'json', 'jsonl', 'csv', 'tsv'] as const;
type Format = (typeof formats)[number];

interface QueryOptions {
  readonly format?: Format;
  readonly limit: number;
  readonly timeout: number;
}

type Row = Readonly<Record<string, unknown>>;

export const command: CliCommand = {
  name: 'query',
  description: 'run read-only SQL over events, signals and dead letters',
  define(self, act) {
    self
      .argument('[sql]', 'one SELECT; read from stdin where absent or -')
      .addOption(new Option('-f, --format <format>', 'table on a terminal, else tsv').choices(formats))
      .option('-n, --limit <rows>', 'rows at most', parseCount, 1000)
      .option('--timeout <seconds>', 'time at most', parseCount, 30)
      .addHelpText(
        'after',
        `
Examples:
  tocsin query "SELECT p_any_ip_addresses, count() FROM nginx_access GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
  tocsin query "SHOW TABLES"
  tocsin query --format csv "SELECT * FROM signals" > signals.csv`,
      )
      .action(
        act(async (cli, given: string | undefined, options: QueryOptions) => {
          const sql = given === undefined || given === '-' ? await readSql(cli.stdin) : given;
          const result = await withBackend(cli, (backend) =>
            backend.events.query(sql, {}, { maxRows: options.limit, timeoutMs: options.timeout * 1000 }),
          );
          const columns = result.columns.map(
            ({ name, type }): TableColumn<Row> => ({
              title: name,
              value: (row) => row[name],
              align: /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type) ? 'right' : 'left',
            }),
          );
          const format = options.format ?? (cli.json ? 'json' : cli.stdout.isTTY ? 'table' : 'tsv');
          await cli.stdout.write(render(format, result.rows, columns, cli.stdout));
          if (!cli.quiet) {
            const more = result.truncated ? ` (there are more: --limit)` : '';
            const read = `${plural(result.rowsRead, 'row')}, ${formatBytes(result.bytesRead)} read`;
            await cli.stderr.line(
              cli.stderr.paint(
                'dim',
                `${plural(result.rows.length, 'row')}${more} in ${formatDuration(result.elapsedMs)}; ${read}`,
              ),
            );
          }
          return exitCodes.ok;
        }),
      );
  },
};

function render(
  format: Format,
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  terminal: Parameters<typeof renderTable>[2],
): string {
  if (format === 'json') return `${toJson(rows, 2)}\n`;
  if (format === 'jsonl') return rows.map((row) => `${toJson(row)}\n`).join('');
  if (format === 'csv') return renderCsv(rows, columns);
  if (format === 'tsv') return renderTsv(rows, columns);
  // Asked for by name it is a table also in a pipe, in full width.
  const width = terminal.isTTY ? terminal.columns : () => Number.MAX_SAFE_INTEGER;
  return renderTable(rows, columns, { isTTY: true, columns: width, paint: terminal.paint });
}

async function readSql(stdin: InputStream): Promise<string> {
  if (stdin.isTTY) throw new UserError('expected SQL as an argument or on stdin', { exitCode: exitCodes.usage });
  return text(stdin);
}
