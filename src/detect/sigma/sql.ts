// A Sigma condition as a ClickHouse expression over one table of events, for hunts through history. It must give what
// match.ts gives for the same events, and it must not know where a rule came from or who runs the SQL.
// Everything of the rule's is quoted; a rule that would be too much for the engine is refused.

import { quoteName, quoteText } from '../../core/quote.ts';
import type { Condition, Match } from './ast.ts';
import { isAny, isReference, type ValueMatch } from './sql-match.ts';
import type { SqlFields } from './sql-field.ts';
import { joined } from './sql-joined.ts';
import { type Definitions, define, isPresent, someText, someValue } from './sql-value.ts';

export type SqlCondition =
  | {
      /** True where the event matches, and else false or NULL. */
      readonly sql: string;
      /** What the query defines in its WITH for it, in this order: name and SQL. */
      readonly definitions: ReadonlyMap<string, string>;
    }
  /** Why it cannot be asked. */
  | { readonly problem: string };

/** Bytes of the SQL as a literal, which the store makes of a query to have it checked; the engine reads 262,144, and
 *  there is a SELECT around it. */
const longest = 240_000;
/** Conditions within conditions; the engine's own limit is 1,000 brackets. */
const deepest = 100;

export function toSql(condition: Condition, fields: SqlFields): SqlCondition {
  if (isDeeper(condition, deepest)) return { problem: `has more than ${deepest} conditions within each other` };
  const definitions: Definitions = new Map();
  const sql = holds(condition, { fields, definitions });
  const size = Buffer.byteLength(quoteText([sql, ...definitions.values()].join('')));
  return size > longest ? { problem: `is longer than ${longest} bytes as SQL` } : { sql, definitions };
}

/** `WITH ...`, for all conditions of a query over one table; '' where they define nothing. */
export function withClause(definitions: readonly ReadonlyMap<string, string>[]): string {
  const all = new Map(definitions.flatMap((each) => [...each]));
  return all.size === 0 ? '' : `WITH ${[...all].map(([name, sql]) => `${sql} AS ${quoteName(name)}`).join(', ')}`;
}

function isDeeper(condition: Condition, limit: number): boolean {
  if (limit === 0) return true;
  if (condition.kind === 'not') return isDeeper(condition.of, limit - 1);
  if (condition.kind !== 'and' && condition.kind !== 'or') return false;
  return condition.of.some((one) => isDeeper(one, limit - 1));
}

interface Place {
  readonly fields: SqlFields;
  readonly definitions: Definitions;
}

function holds(condition: Condition, place: Place): string {
  switch (condition.kind) {
    case 'and': {
      // Nothing of these: asked together, as any of them is.
      const none = condition.of.flatMap((one) => (one.kind === 'not' ? [one.of] : []));
      const tests = condition.of.flatMap((one) => (one.kind === 'not' ? [] : [holds(one, place)]));
      if (none.length > 0) tests.push(holds({ kind: 'not', of: { kind: 'or', of: none } }, place));
      return tests.includes('false')
        ? 'false'
        : joined(
            'and',
            tests.filter((test) => test !== 'true'),
          );
    }
    case 'or':
      return someHold(condition.of, place);
    case 'not': {
      const test = holds(condition.of, place);
      if (test === 'true' || test === 'false') return test === 'true' ? 'false' : 'true';
      // NULL is "does not hold" wherever no `not` is around it, so it is made false here and nowhere else.
      return `not(ifNull(${test}, false))`;
    }
    default:
      return someHold([condition], place);
  }
}

/** What is asked of one field is asked together: one search for many texts, one IN, one walk through a list. */
function someHold(conditions: readonly Condition[], place: Place): string {
  const ofField = new Map<string, ValueMatch[]>();
  const ofKeywords: ValueMatch[] = [];
  const others: string[] = [];
  const sort = (condition: Condition): void => {
    if (condition.kind === 'or') for (const one of condition.of) sort(one);
    else if (condition.kind === 'keyword') ofKeywords.push(condition.match);
    else if (condition.kind !== 'field') others.push(holds(condition, place));
    else if (isOfValue(condition.match)) {
      const known = ofField.get(condition.field);
      if (known === undefined) ofField.set(condition.field, [condition.match]);
      else known.push(condition.match);
    } else others.push(ofWhole(condition.field, condition.match, place));
  };
  for (const condition of conditions) sort(condition);
  const { fields, definitions } = place;
  const tests = [...ofField].map(([name, matches]) =>
    someValue(fields.find(name), definitions, 0, (value) => isAny(matches, value)),
  );
  if (ofKeywords.length > 0 && fields.everyText !== undefined) {
    const texts = define(definitions, 'p_every_text', fields.everyText);
    tests.push(someText(texts, 0, (value) => isAny(ofKeywords, value)));
  }
  const all = [...tests, ...others].filter((test) => test !== 'false');
  return all.includes('true') ? 'true' : joined('or', all);
}

function isOfValue(match: Match): match is ValueMatch {
  return match.kind !== 'null' && match.kind !== 'exists' && match.kind !== 'fieldref';
}

function ofWhole(name: string, match: Exclude<Match, ValueMatch>, { fields, definitions }: Place): string {
  const places = fields.find(name);
  if (match.kind !== 'fieldref') {
    const [wanted, withNull] = match.kind === 'exists' ? [match.wanted, true] : [false, false];
    if (places.length === 0) return wanted ? 'false' : 'true';
    const isThere = isPresent(places, definitions, withNull);
    return wanted ? isThere : `not(${isThere})`;
  }
  const others = fields.find(match.other);
  return someValue(places, definitions, 0, (value) =>
    someValue(others, definitions, 1, (other) => isReference(match, value, other)),
  );
}
