// `tocsin parse FILE...`: the events that schemas make of lines, as JSON lines; nothing is stored.

import { createClassifier } from '../schema/engine/classify.ts';
import { Records } from '../schema/engine/record.ts';
import type { BatchFacts } from '../schema/engine/schema-reader.ts';
import { formatTime } from '../schema/time.ts';
import { type CliCommand, exitCodes } from './command.ts';
import { formatCount, listOption, plural } from './format.ts';
import { readLines } from './input.ts';
import { toJson } from './output.ts';
import { chooseSchemas } from './schemas.ts';
import { printable } from './width.ts';

const maxReasons = 20;

export const command: CliCommand = {
  name: 'parse',
  description: 'print the events that schemas make of lines',
  define(self, act) {
    self
      .argument('<file...>', 'files (gzip too), folders, or - for stdin')
      .option('--schema <names>', 'log types or schema files, with commas; all where absent', listOption)
      .addHelpText('after', '\nEnds with 1 if a line is none of the log types.')
      .action(
        act(async (cli, paths: readonly string[], options: { readonly schema?: readonly string[] }) => {
          const classifier = createClassifier(await chooseSchemas(cli, options.schema));
          const received = Date.now();
          const batch: BatchFacts = {
            id: '00000000-0000',
            source: 'parse',
            file: '',
            received,
            receivedText: formatTime(received),
          };
          const events = new Map<string, number>();
          const lost = new Map<string, number>();
          const dropped = new Map<string, number>();
          let number = 0;
          let misfits = 0;
          for await (const line of readLines(paths, cli.stdin)) {
            const records = new Records(Buffer.from(line));
            const end = records.bytes.length;
            const reader = classifier.classify(records, 0, end, received);
            if (reader !== undefined) {
              count(events, reader.schema.name);
              const rowId = `${batch.id}-${(number++).toString(16).padStart(8, '0')}`;
              await cli.stdout.line(toJson(reader.event(batch, rowId, undefined)));
              continue;
            }
            const drop = classifier.dropped();
            if (drop !== undefined) {
              count(dropped, `${drop.schema}: ${drop.reason}`);
              continue;
            }
            misfits++;
            for (const { schema, reason } of classifier.misfits()) count(lost, `${schema}: ${reason}`);
          }
          if (!cli.quiet) {
            await cli.stderr.line(plural(sum(events), 'event'));
            await tell('dropped', sum(dropped), dropped);
            await tell('taken by no schema', misfits, lost);
          }
          return misfits > 0 ? exitCodes.failures : exitCodes.ok;

          async function tell(what: string, records: number, reasons: ReadonlyMap<string, number>): Promise<void> {
            if (records === 0) return;
            await cli.stderr.line(`${plural(records, 'record')} ${what}`);
            const sorted = [...reasons].toSorted(([, a], [, b]) => b - a).slice(0, maxReasons);
            for (const [reason, times] of sorted) {
              await cli.stderr.line(`${formatCount(times).padStart(13)}  ${printable(reason)}`);
            }
          }
        }),
      );
  },
};

/** Reasons may hold a part of the record: so many of them are counted apart, and the others together. */
const maxCounted = 1000;

function count(counts: Map<string, number>, key: string): void {
  const name = counts.has(key) || counts.size < maxCounted ? key : 'other reasons';
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, value) => total + value, 0);
}
