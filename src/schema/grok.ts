// Patterns of the regex parser and of `extract`: RE2 with grok's named patterns, to one JavaScript regular expression.
// Runs when a schema is loaded; it must not be called per event.

import { closest } from '../core/closest.ts';
import { grokPatterns } from './grok-pattern.ts';
import { type Grok, type PatternLookup, translate } from './re2.ts';

type Definitions = Readonly<Record<string, string>>;

function lookup(definitions: Definitions): PatternLookup {
  return (name) => {
    const text = Object.hasOwn(grokPatterns, name)
      ? grokPatterns[name]
      : Object.hasOwn(definitions, name)
        ? definitions[name]
        : undefined;
    if (text !== undefined) return { text };
    const near = closest(name, [...Object.keys(definitions), ...Object.keys(grokPatterns)]);
    return { problem: `names the unknown pattern %{${name}}${near === undefined ? '' : `; did you mean %{${near}}?`}` };
  };
}

/** What is wrong with a pattern, as the rest of a sentence ("uses a backreference ..."); undefined for a good one. The
 *  parts are joined without a separator. */
export function grokProblem(parts: readonly string[], definitions: Definitions): string | undefined {
  const translated = translate(parts.join(''), lookup(definitions));
  return 'problem' in translated ? translated.problem : undefined;
}

/** For `new RegExp(source)`, without flags. Capture i+1 is the field `groups[i]`; nothing else captures. A field may stand
 *  in several alternatives and then has several captures, of which the first that took part is meant. The expression is
 *  not anchored. Throws for what `grokProblem` refuses. */
export function compileGrok(parts: readonly string[], definitions: Definitions): Grok {
  const translated = translate(parts.join(''), lookup(definitions));
  if ('problem' in translated) throw new Error(`bug: a pattern that was not checked at load ${translated.problem}`);
  return translated;
}

/** Whether the name is one of ours, which a schema must not define again. */
export function isBuiltinPattern(name: string): boolean {
  return Object.hasOwn(grokPatterns, name);
}

export type { Grok };
