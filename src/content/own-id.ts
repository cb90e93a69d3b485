// An id belongs to one detection, whatever its language: to the first by path. Those that lose theirs are left out, and
// told of with both files. Workers do it to the rules that they load; this does it to all else. It runs nothing.

import { closest } from '../core/closest.ts';
import type { Detection } from '../core/detection.ts';
import type { Problem } from '../core/problem.ts';
import { isScheduled, type SavedQuery } from '../detect/query/query.ts';
import { idOwners, takenId } from '../detect/unique.ts';
import type { Queries } from '../schedule/read-queries.ts';
import type { WorkspaceFiles } from '../content.ts';

export interface Written {
  readonly files: WorkspaceFiles;
  readonly queries: Queries;
}

/** What workers cannot see and have to leave the ids to. */
export function outsideWorkers({ files, queries }: Written): readonly Detection[] {
  return [
    ...[...files.python.rules, ...files.correlations].map(({ detection }) => detection),
    ...[...queries.queries.values()].flatMap(detectionOf),
  ];
}

/** `inWorkers`: what they kept. `reserved`: names of schedules that are the program's own. */
export function withOwnIds(
  { files, queries }: Written,
  inWorkers: readonly Detection[],
  reserved: readonly string[],
): Written {
  const owners = idOwners([
    ...inWorkers,
    ...files.sigma.map(({ detection }) => detection),
    ...outsideWorkers({ files, queries }),
  ]);
  const taken: Problem[] = [];
  const isOwner = (detection: Detection): boolean => {
    const owner = owners.get(detection.id) ?? '';
    if (owner !== detection.file) taken.push(takenId(detection, owner));
    return owner === detection.file;
  };
  const own = <T extends { readonly detection: Detection }>(all: readonly T[]): readonly T[] =>
    all.filter(({ detection }) => isOwner(detection));
  const sigma = own(files.sigma);
  const rules = own(files.python.rules);
  const correlations = own(files.correlations);
  const names = new Map(
    correlations.filter(({ schedule }) => schedule !== undefined).map(({ detection: { id, file } }) => [id, file]),
  );
  const hasOwnName = (query: SavedQuery): boolean => {
    if (!isScheduled(query)) return true;
    const { name, file } = query;
    const other = names.get(name);
    if (other !== undefined) taken.push({ file, message: `${name} is the name of the schedule of ${other} already` });
    else if (reserved.includes(name)) taken.push({ file, message: `${name} is the name of a schedule of the program` });
    return other === undefined && !reserved.includes(name);
  };
  const kept = [...queries.queries].filter(([, query]) => detectionOf(query).every(isOwner) && hasOwnName(query));
  return {
    files: {
      ...files,
      sigma,
      correlations,
      python: { ...files.python, rules },
      problems: [...files.problems, ...taken],
    },
    queries: { ...queries, queries: new Map(kept) },
  };
}

/** Rules on the rows of queries that are not there. */
export function missingQueries({ files, queries }: Written): readonly Problem[] {
  const names = [...queries.queries.keys()];
  const rules = files.python.rules.filter(({ onRows, detection }) => onRows === true && detection.enabled);
  return rules.flatMap(({ document: file, detection: { logTypes } }) =>
    logTypes
      .filter((name) => !queries.queries.has(name))
      .map((name) => {
        const near = closest(name, names);
        const hint = near === undefined ? '' : `; did you mean ${near}?`;
        return { file, message: `ScheduledQueries: there is no query ${name}${hint}` };
      }),
  );
}

function detectionOf(query: SavedQuery): readonly Detection[] {
  return isScheduled(query) && query.signals !== undefined ? [query.signals.detection] : [];
}
