// `tocsin infer FILE... --name Netstat`: a schema made from samples, as YAML on stdout.

import { UserError } from '../core/problem.ts';
import { inferSchema } from '../schema/infer.ts';
import { renderDrops, renderSchema } from '../schema/render.ts';
import { suggestDrops } from '../schema/suggest-drop.ts';
import { type CliCommand, exitCodes } from './command.ts';
import { plural } from './format.ts';
import { readLines } from './input.ts';
import { toJson } from './output.ts';
import { printable } from './width.ts';

/** What header lines are looked for in. */
const kept = { lines: 10_000, characters: 16e6 };

export const command: CliCommand = {
  name: 'infer',
  description: 'make a schema from samples: JSON, an object per line',
  define(self, act) {
    self
      .argument('<file...>', 'files (gzip too), folders, or - for stdin')
      .requiredOption('-n, --name <name>', 'of the log type: Netstat becomes Custom.Netstat')
      .addHelpText('after', '\nExample:\n  tocsin infer --name Netstat samples/ > schemas/netstat.yml')
      .action(
        act(async (cli, paths: readonly string[], { name }: { readonly name: string }) => {
          const lines: string[] = [];
          let characters = 0;
          async function* seen(): AsyncGenerator<string> {
            for await (const line of readLines(paths, cli.stdin)) {
              characters += line.length;
              if (lines.length < kept.lines && characters < kept.characters) lines.push(line);
              yield line;
            }
          }
          const inferred = await inferSchema(seen(), name);
          if (inferred.kind === 'failed') {
            const place = inferred.line === undefined ? '' : `line ${inferred.line}: `;
            throw new UserError(`cannot infer a schema: ${place}${inferred.message}`);
          }
          const { schema, records } = inferred;
          await cli.stdout.write(cli.json ? `${toJson(schema, 2)}\n` : renderSchema(schema));
          if (cli.quiet) return exitCodes.ok;
          await cli.stderr.line(`${schema.name} from ${plural(records, 'record')}`);
          const drop = suggestDrops(lines);
          if (drop.length > 0) {
            await cli.stderr.line('some records are header lines, not data; this in the schema drops them:');
            await cli.stderr.line(renderDrops(drop).trimEnd().split('\n').map(printable).join('\n'));
          }
          return exitCodes.ok;
        }),
      );
  },
};
