// `tocsin explain FILE|-`: of each line, what every schema says: taken with which score, dropped, or why not.

import { type Candidate, createClassifier } from '../schema/engine/classify.ts';
import { Records } from '../schema/engine/record.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { listOption, parseCount } from './format.ts';
import { readLines } from './input.ts';
import { toJson } from './output.ts';
import { chooseSchemas } from './schemas.ts';
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
          let left = options.limit;
          for await (const line of readLines([path], cli.stdin)) {
            const records = new Records(Buffer.from(line));
            const candidates = classifier.explain(records, 0, records.bytes.length, Date.now());
            await cli.stdout.write(cli.json ? `${toJson({ line, candidates })}\n` : lines(line, candidates, cli));
            if (--left === 0) break;
          }
          return exitCodes.ok;
        }),
      );
  },
};

function lines(line: string, candidates: readonly Candidate[], { stdout }: Cli): string {
  const width = stdout.isTTY ? stdout.columns() : Number.MAX_SAFE_INTEGER;
  const names = Math.max(...candidates.map(({ schema }) => schema.length), 0);
  const said = candidates.map(({ schema, taken, score, reason }, index) => {
    // The first one that takes the record gets it.
    const mark = taken && index === 0 ? stdout.paint('green', '=>') : '  ';
    const text = taken ? `takes it, score ${score}` : reason;
    const shown = truncate(printable(text), Math.max(20, width - names - 5));
    return `${mark} ${pad(schema, names)}  ${taken ? shown : stdout.paint('dim', shown)}`;
  });
  return `${stdout.paint('bold', truncate(printable(line), width))}\n${said.join('\n')}\n\n`;
}
