// Queries in YAML: Panther's saved_query and scheduled_query, and our own form. Read, checked, with file:line:col for what
// is wrong. It reads no file and runs nothing.

import type { z } from 'zod';
import type { Detection } from '../../core/detection.ts';
import { issueProblems } from '../../core/document-issue.ts';
import { type DocumentText, readDocumentText } from '../../core/document-text.ts';
import type { Problem } from '../../core/problem.ts';
import type { Schedule } from '../../core/schedule.ts';
import { analysisType } from '../document-shape.ts';
import { limitText } from '../limit.ts';
import { blockTimes, scheduleOf } from '../schedule-block.ts';
import type { SiemBlock } from '../siem-block.ts';
import { detectionOf } from '../sigma/about.ts';
import { readExceptions } from '../sigma/exception.ts';
import type { QueryRow } from './definition.ts';
import { documentShape } from './document-shape.ts';
import { createExceptionOf, type ExceptionOf } from './exception.ts';
import { savedShape, scheduledShape } from './panther-shape.ts';
import type { RowSaid, SavedQuery, ScheduledQuery } from './query.ts';
import { fillTemplate, keyText, valueAt } from './row-text.ts';
import { translatePaths } from './snowflake-path.ts';
import { readStatement, type Statement } from './statement.ts';

export interface ReadQuery {
  /** Absent where it cannot be used; then a problem says why. */
  readonly query?: SavedQuery | ScheduledQuery;
  readonly problems: readonly Problem[];
  /** What works, and perhaps not as it is meant. */
  readonly warnings: readonly Problem[];
}

const defaultDedupMinutes = 60;
const defaultAlertLimit = 500;

/** Of a file in `queries/`; `file` is relative to the workspace. */
export function parseQueryDocument(text: string, file: string): ReadQuery {
  const source = readDocumentText(text, file);
  if (source.syntax.length > 0) return refuse(source.syntax);
  const type = analysisType(source.value);
  if (type === 'scheduled_query') return readScheduled(source, file);
  if (type === 'saved_query') return readSaved(source, file);
  if (type === undefined) return readOwn(source, file);
  return refuse([source.problem(['AnalysisType'], 'expected scheduled_query or saved_query')]);
}

function refuse(problems: readonly Problem[]): ReadQuery {
  return { problems, warnings: [] };
}

function issues(error: z.ZodError, source: DocumentText): readonly Problem[] {
  return error.issues.flatMap((issue) => issueProblems(issue, source));
}

function readSaved(source: DocumentText, file: string): ReadQuery {
  const checked = savedShape.safeParse(source.value);
  if (!checked.success) return refuse(issues(checked.error, source));
  return readPanther(source, file, checked.data, false, (saved) => saved);
}

function readScheduled(source: DocumentText, file: string): ReadQuery {
  const checked = scheduledShape.safeParse(source.value);
  if (!checked.success) return refuse(issues(checked.error, source));
  const { Enabled: enabled, Schedule: times, EmailConfig: mail } = checked.data;
  const scheduled = scheduleOf(times);
  if (scheduled.refused !== undefined) {
    const words = scheduled.refused.replace('`every` or `cron`', 'RateMinutes or CronExpression');
    return refuse([source.problem(['Schedule'], words)]);
  }
  const { schedule } = scheduled;
  const read = readPanther(source, file, checked.data, true, (saved) => {
    return { ...saved, enabled, schedule, alertLimit: defaultAlertLimit, tests: [] };
  });
  const unused =
    mail === undefined ? [] : [source.at([], 'EmailConfig: is not used; alerts go to destinations', 'EmailConfig')];
  return { ...read, warnings: [...read.warnings, ...unused] };
}

function readPanther(
  source: DocumentText,
  file: string,
  read: z.infer<typeof savedShape>,
  isScheduled: boolean,
  make: (saved: SavedQuery) => SavedQuery,
): ReadQuery {
  const key = (['Query', 'SnowflakeQuery', 'AthenaQuery', 'DatabricksQuery'] as const).find((each) => read[each]);
  if (key === undefined) return refuse([source.at([], 'Query: is missing; expected a text')]);
  const { sql, placeholders, ...said } = readStatement(translatePaths(read[key] ?? ''), {}, { isScheduled });
  return finish(source, [key], said, () =>
    make({
      name: read.QueryName,
      description: limitText(read.Description ?? ''),
      tags: read.Tags ?? [],
      parameters: {},
      file,
      sql,
      placeholders,
    }),
  );
}

function readOwn(source: DocumentText, file: string): ReadQuery {
  const checked = documentShape.safeParse(source.value);
  if (!checked.success) return refuse(issues(checked.error, source));
  const read = checked.data;
  const { siem } = read;
  const statement = readStatement(read.query, read.params, { isScheduled: siem.schedule !== undefined });
  const about: SavedQuery = {
    name: siem.schedule === undefined ? (read.name ?? read.title) : read.id,
    description: limitText(read.description),
    tags: read.tags,
    parameters: read.params,
    file,
    sql: statement.sql,
    placeholders: statement.placeholders,
  };
  if (siem.schedule === undefined) return finish(source, ['query'], statement, () => about);
  const scheduled = scheduleOf(blockTimes(siem.schedule));
  if (scheduled.refused !== undefined) return refuse([source.problem(['siem', 'schedule'], scheduled.refused)]);
  const problems: Problem[] = [];
  const exceptions = readExceptions(siem, {}, (path, message, key) => {
    problems.push(source.problem(path, message, key));
    return undefined;
  });
  if (exceptions === undefined) return refuse(problems);
  return finish(source, ['query'], statement, () =>
    ownQuery(about, read, scheduled.schedule, createExceptionOf(exceptions)),
  );
}

function finish(
  source: DocumentText,
  path: readonly string[],
  { problems, warnings }: Pick<Statement, 'problems' | 'warnings'>,
  make: () => SavedQuery,
): ReadQuery {
  const placed = (messages: readonly string[]): readonly Problem[] =>
    messages.map((message) =>
      message.startsWith('params.') ? source.at(['params'], message) : source.problem(path, message),
    );
  if (problems.length > 0) return { problems: placed(problems), warnings: placed(warnings) };
  return { query: make(), problems: [], warnings: placed(warnings) };
}

function ownQuery(
  about: SavedQuery,
  read: z.infer<typeof documentShape>,
  schedule: Schedule,
  exceptionOf: ExceptionOf,
): ScheduledQuery {
  const { siem } = read;
  const alert = typeof siem.alert === 'object' ? siem.alert : undefined;
  const detection: Detection = {
    ...detectionOf(read, { language: 'sql', file: about.file, logTypes: [] }),
    dedupPeriodMinutes: dedupMinutes(siem),
  };
  return {
    ...about,
    enabled: detection.enabled,
    schedule,
    alertLimit: alert?.limit ?? defaultAlertLimit,
    signals: {
      detection,
      say: async (rows, time) =>
        rows.map((row) => {
          const exception = exceptionOf(row, time);
          return exception === undefined ? sayOf(read, row) : { exception };
        }),
    },
    tests: read.tests,
  };
}

function sayOf({ title: name, level, siem }: z.infer<typeof documentShape>, row: QueryRow): RowSaid {
  const { title: template = name, key, context } = typeof siem.alert === 'object' ? siem.alert : {};
  const title = fillTemplate(template, row);
  return {
    title,
    dedup: key === undefined ? title : keyText(key, row),
    severity: level,
    context: context === undefined ? row : Object.fromEntries(context.map((each) => [each, valueAt(row, each)])),
  };
}

/** Where the document says for how long alerts of one key are held back, that decides and not the hour. */
function dedupMinutes({ suppress }: SiemBlock): number {
  return suppress === undefined ? defaultDedupMinutes : Math.min(suppress.for / 60, defaultDedupMinutes);
}
