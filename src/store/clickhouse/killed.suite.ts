// A program to be killed: appends `batch-<n>` of ten rows for every n below 1,000,000 and prints n after each.

import { createEventStore } from './event-store.ts';
import { event, eventColumns, keepForever, now, rowsOf, table } from './native.suite.ts';

export const killedTable = table('killed', eventColumns);

/** Two partitions, so that an append can be cut between them. */
export function killedAppend(batch: number): Parameters<Awaited<ReturnType<typeof createEventStore>>['append']>[0] {
  const rows = Array.from({ length: 10 }, (_, row) =>
    event(`${batch}-${row}`, { p_parse_time: now + (row % 2) * 604_800_000 }),
  );
  return { token: `batch-${batch}`, tables: [rowsOf(killedTable, rows)] };
}

if (import.meta.main) {
  const store = await createEventStore({ path: process.argv[2] ?? '' }, keepForever);
  await store.ensureTable(killedTable);
  for (let batch = Number(process.argv[3]); batch < 1_000_000; batch += 1) {
    await store.append(killedAppend(batch));
    process.stdout.write(`${batch}\n`);
  }
}
