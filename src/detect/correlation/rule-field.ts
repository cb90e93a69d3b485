// Fields of one of a correlation's rules, for titles and the like: `rules.many_failed.value` is the field `value` of the
// newest signal of `many_failed` among those that the firing is made of.

const prefix = 'rules.';

export interface RuleField {
  /** As the document calls it. */
  readonly rule: string;
  readonly field: string;
}

export function isRuleField(text: string): boolean {
  return text.startsWith(prefix);
}

/** undefined: of none of these rules. Of names that begin alike the longest is meant. */
export function parseRuleField(text: string, rules: Iterable<string>): RuleField | undefined {
  if (!isRuleField(text)) return undefined;
  const [rule] = [...rules]
    .filter((name) => text.startsWith(`${prefix}${name}.`))
    .toSorted((a, b) => b.length - a.length);
  return rule === undefined ? undefined : { rule, field: text.slice(prefix.length + rule.length + 1) };
}
