// The queries of the workspace as its files say it now, and the Python rules on their rows. It asks no store.

import { closest } from '../core/closest.ts';
import type { Detection, Signal } from '../core/detection.ts';
import { UserError } from '../core/problem.ts';
import type { SavedQuery, ScheduledQuery } from '../detect/query/query.ts';
import type { Queries } from '../schedule/read-queries.ts';
import type { ResultRow } from '../schedule/row-signal.ts';
import { type Cli, exitCodes } from './command.ts';
import { plural } from './format.ts';

export interface ReadQueries extends Queries {
  /** Rules on the rows of a query, started. undefined: it has none. */
  judgeOf(query: SavedQuery): Promise<RowJudge | undefined>;
}

export interface RowJudge {
  readonly detections: readonly Detection[];
  judge(query: ScheduledQuery, rows: readonly ResultRow[]): Promise<readonly Signal[]>;
  close(): void;
}

/** Loaded when it is needed: `tocsin --help` is to be fast. */
export async function readAll({ workspace, env, warn }: Cli): Promise<ReadQueries> {
  const { loadConfig } = await import('../config.ts');
  const { readWorkspace } = await import('../content.ts');
  const { readQueries } = await import('../schedule/read-queries.ts');
  const { config } = await loadConfig(workspace, { env });
  const { queries, python } = await readWorkspace(workspace, config.packs, config.sigma.placeholders);
  return {
    ...(await readQueries(queries)),
    async judgeOf({ name }) {
      const rules = python.rules.filter(({ detection }) => detection.enabled && detection.logTypes.includes(name));
      if (rules.length === 0) return undefined;
      const { startPythonRules } = await import('../detect/python-host.ts');
      const { judgeByRules } = await import('../schedule/rule-rows.ts');
      const started = await startPythonRules({
        ...python,
        rules,
        engine: config.python,
        onHealth: ({ id, reason }) => warn(`${id}: ${reason}`),
      });
      const detections = rules.map(({ detection }) => detection);
      return {
        detections,
        judge: judgeByRules(started, new Set(detections.map(({ id }) => id))),
        close: () => started.close(),
      };
    },
  };
}

export function byName({ queries, problems }: Queries, name: string): SavedQuery | ScheduledQuery {
  const found = queries.get(name);
  if (found !== undefined) return found;
  const names = [...queries.keys()];
  const near = closest(name, names);
  const broken =
    problems.length === 0 ? '' : `; ${plural(problems.length, 'problem')} in the others: tocsin queries list`;
  const hint = near === undefined ? `there are: ${names.toSorted().join(', ') || 'none'}` : `did you mean ${near}?`;
  throw new UserError(`there is no query ${name}; ${hint}${broken}`, { exitCode: exitCodes.usage });
}
