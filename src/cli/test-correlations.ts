// The tests of correlations, over events that their Sigma rules see as the line's workers do.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WorkspaceFiles } from '../content.ts';
import type { Signal } from '../core/detection.ts';
import type { Event, Json } from '../core/event.ts';
import type { Schema } from '../core/schema.ts';
import { type Named, resolveCorrelations } from '../detect/correlation/resolve.ts';
import { testCorrelation, type TestWorld } from '../detect/correlation/test-correlation.ts';
import { createSigmaEvaluator } from '../detect/sigma/evaluator.ts';
import type { SigmaRule } from '../detect/sigma/rule.ts';
import { progressLength } from '../detect/typescript.ts';
import type { RuleTestReport } from '../detect/test-runner.ts';

const language = 'correlation';

type Fields = { readonly [name: string]: Json | undefined };

/** `rules`: the detections that are no correlations. */
export async function* testCorrelations(
  { correlations: written, sigma, schemas }: Pick<WorkspaceFiles, 'correlations' | 'sigma' | 'schemas'>,
  {
    rules,
    root,
    isWanted,
  }: { readonly rules: readonly Named[]; readonly root: string; isWanted: (file: string) => boolean },
): AsyncGenerator<RuleTestReport> {
  const { correlations, problems } = resolveCorrelations(written, rules);
  for (const problem of problems.filter(({ file }) => isWanted(file))) {
    yield { rule: '', file: problem.file, language, tests: [], warnings: [], problems: [problem] };
  }
  const names = new Map(schemas.map((schema) => [schema.name, schema]));
  for (const correlation of correlations) {
    const { id, file } = correlation.detection;
    if (!isWanted(file)) continue;
    const world: TestWorld = {
      correlations,
      match: (event) => matching(event, sigma, names),
      complete: (event) => withEcs(event, names.get(logTypeOf(event))),
      readFile: (name) => readBeside(join(root, dirname(file)), name),
    };
    yield { rule: id, file, language, tests: await testCorrelation(correlation, world), warnings: [], problems: [] };
  }
}

function readBeside(folder: string, name: string): string | undefined {
  if (name.split(/[\\/]/).includes('..')) return undefined;
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return undefined;
  }
}

function logTypeOf(event: Fields): string {
  const name = event['p_log_type'];
  return typeof name === 'string' ? name : '';
}

/** An event without a log type is of all log sources. */
function matching(event: Fields, sigma: readonly SigmaRule[], schemas: ReadonlyMap<string, Schema>): readonly string[] {
  const schema = schemas.get(logTypeOf(event));
  const signals: Signal[] = [];
  const evaluate =
    schema === undefined
      ? createSigmaEvaluator(sigma.map(ofAnySource), anySchema(event), progress(), new Set(), signals)
      : createSigmaEvaluator(sigma, schema, progress(), new Set(), signals);
  evaluate?.({ ...event, p_row_id: '' } as unknown as Event, 0);
  return signals.map(({ detection }) => detection);
}

function progress(): Int32Array {
  return new Int32Array(progressLength);
}

const anyName = 'Test.Event';

function ofAnySource(rule: SigmaRule): SigmaRule {
  return { ...rule, logsource: { service: anyName.toLowerCase() } };
}

function anySchema(event: Fields): Schema {
  return {
    name: anyName,
    description: '',
    parser: { type: 'json' },
    fields: Object.keys(event).map((name) => ({ name, type: 'json', required: false })),
    ecs: {},
    extract: [],
    drop: [],
  } as unknown as Schema;
}

/** As the reader of the schema gives it. */
function withEcs(event: Fields, schema: Schema | undefined): Fields {
  if (schema === undefined || event['p_ecs'] !== undefined) return event;
  const names: Record<string, Json> = { ...schema.ecs };
  for (const { name, ecs, ecsValues } of schema.fields) {
    const value = event[name];
    if (ecs === undefined || value === undefined || value === null) continue;
    names[ecs] =
      (typeof value === 'string' && ecsValues !== undefined && Object.hasOwn(ecsValues, value)
        ? ecsValues[value]
        : value) ?? value;
  }
  return { ...event, p_ecs: names };
}
