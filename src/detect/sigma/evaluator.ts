// Sigma rules over events, one by one. Runs inside a worker thread. The same contract as that of TypeScript rules
// (detect/typescript.ts); it must not know threads, files or what becomes of signals.

import type { Signal } from '../../core/detection.ts';
import type { Event } from '../../core/event.ts';
import type { Schema } from '../../core/schema.ts';
import { describeFailure, type EventFacts, factsOf } from '../typescript-match.ts';
import type { Condition } from './ast.ts';
import { describeSigmaMatch } from './describe.ts';
import { type CompiledException, compileExceptions } from './exception.ts';
import { createPlan, type Plan, type Planned } from './plan.ts';
import { createCompiler, type Predicate } from './predicate.ts';
import { renamed, renameFields, type Route, routesOf } from './route.ts';
import type { SigmaRule } from './rule.ts';
import { textOf } from './value.ts';
import { createView, type Slot } from './view.ts';

/** A rule on one of its routes to the log type. */
interface Routed extends Planned {
  readonly rule: SigmaRule;
  readonly route: Route;
  readonly exceptions: readonly CompiledException[];
}

/** Rules of the same route: tried on the same events. */
interface Group {
  readonly holds: Predicate;
  readonly rules: Routed[];
}

/** What decides on groups, seen so often, is forgotten: an event's sender could make new ones without end. */
const mostKinds = 4096;
const longestKind = 1000;

export interface SigmaEvaluator {
  (event: Event, time: number): void;
  /** Events that an exception left out, by detection; counted up. */
  readonly excepted: ReadonlyMap<string, number>;
}

/**
 * Gives a function that runs an event of the schema's log type through the rules and pushes what comes of it to `signals`.
 * Rules that are disabled, that are for other logs or whose id is in `skip` are left out; undefined where none is left.
 * `progress` and `time` are those of createEvaluator in detect/typescript.ts; the first rule's number there is
 * `firstNumber`.
 */
export function createSigmaEvaluator(
  rules: readonly SigmaRule[],
  schema: Schema,
  progress: Int32Array,
  skip: ReadonlySet<string>,
  signals: Signal[],
  firstNumber = 1,
): SigmaEvaluator | undefined {
  const view = createView(schema);
  const compile = createCompiler(view);
  const { groups, decisive } = groupRules();
  if (groups.length === 0) return undefined;
  const plans = new Map<string, Plan>();
  let kinds = new Map<string, Plan>();
  const routed = groups.flatMap((group) => group.rules);
  const excepted = new Map<string, number>();

  function groupRules(): { readonly groups: readonly Group[]; readonly decisive: readonly Slot[] } {
    const byRoute = new Map<string, Group>();
    const fields = new Set<string>();
    for (const [position, rule] of rules.entries()) {
      if (!rule.detection.enabled || skip.has(rule.detection.id)) continue;
      for (const route of routesOf(rule.logsource, schema)) {
        const key = JSON.stringify(route.when ?? null);
        const group = byRoute.get(key) ?? { holds: route.when === undefined ? always : compile(route.when), rules: [] };
        byRoute.set(key, group);
        if (route.when !== undefined) for (const field of fieldsOf(route.when)) fields.add(field);
        const condition = renameFields(rule.condition, route.fields);
        const exceptions = compileExceptions(rule.exceptions, (when) => compile(renameFields(when, route.fields)));
        group.rules.push({ position, rule, route, condition, predicate: compile(condition), exceptions });
      }
    }
    return { groups: [...byRoute.values()], decisive: [...fields].map((field) => view.slot(field)) };
  }

  /** Events that are alike in the fields of all routes have one plan. */
  function planOf(): Plan {
    const kind = decisive.map((slot) => textOf(slot.value()) ?? '').join('\n');
    const known = kinds.get(kind);
    if (known !== undefined) return known;
    const held = groups.map((group) => group.holds());
    const key = held.map(Number).join('');
    const plan = plans.get(key) ?? createPlan(chosen(held), view);
    plans.set(key, plan);
    if (kinds.size >= mostKinds) kinds = new Map();
    if (kind.length <= longestKind) kinds.set(kind, plan);
    return plan;
  }

  function chosen(held: readonly boolean[]): readonly Routed[] {
    return groups.flatMap((group, index) => (held[index] === true ? group.rules : [])).toSorted(byPosition);
  }

  function isExcepted({ exceptions, rule }: Routed, time: number): boolean {
    if (!exceptions.some(({ holdsAt }) => holdsAt(time))) return false;
    const { id } = rule.detection;
    excepted.set(id, (excepted.get(id) ?? 0) + 1);
    return true;
  }

  function evaluate(event: Event, time: number): void {
    view.hold(event);
    let facts: EventFacts | undefined;
    for (const candidate of planOf().candidates() as readonly Routed[]) {
      const { position, rule, route } = candidate;
      progress[0] = firstNumber + position;
      try {
        if (!candidate.predicate() || isExcepted(candidate, time)) continue;
        facts ??= factsOf(event, time, schema.name);
        const look = (field: string): unknown => view.slot(renamed(field, route.fields)).value();
        signals.push(describeSigmaMatch(rule, rule.detection, look, facts));
      } catch (error) {
        facts ??= factsOf(event, time, schema.name);
        signals.push(describeFailure(rule.detection, error, facts));
      }
    }
    progress[0] = 0;
    progress[1] = ((progress[1] ?? 0) + 1) | 0;
  }

  return routed.length === 0 ? undefined : Object.assign(evaluate, { excepted });
}

const always: Predicate = () => true;

function byPosition(one: Planned, other: Planned): number {
  return one.position - other.position;
}

function fieldsOf(condition: Condition): readonly string[] {
  if (condition.kind === 'keyword') return [];
  if (condition.kind === 'field') return [condition.field];
  return condition.kind === 'not' ? fieldsOf(condition.of) : condition.of.flatMap(fieldsOf);
}
