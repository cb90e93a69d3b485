// A query of Elasticsearch as the detection of a Sigma rule: each test a selection of its own, and the condition over them.

import type { Path } from '../../core/document-text.ts';
import { Unsupported } from '../import.ts';
import type { Bound, Query, Scalar } from './query.ts';
import { anywhereWithin, isOfTheIndex, isRunningText, luceneRegex, wordsPattern } from './sql.ts';

export type Detection = Readonly<Record<string, unknown>>;

/** `isTime`: fields whose ranges say when a rule looks, which is now. */
export function sigmaDetection(query: Query, isTime: (field: string) => boolean, path: Path): Detection {
  const selections: Record<string, unknown> = {};

  function select(selection: unknown): string {
    const name = `s${Object.keys(selections).length + 1}`;
    selections[name] = selection;
    return name;
  }

  /** '' is true of every event. */
  function condition(each: Query): string {
    switch (each.kind) {
      case 'all':
        return '';
      case 'and': {
        const parts = each.of.map(condition).filter((text) => text !== '');
        return parts.length > 1 ? `(${parts.join(' and ')})` : (parts[0] ?? '');
      }
      case 'or': {
        const parts = each.of.map(condition);
        if (parts.includes('')) return '';
        return parts.length > 1 ? `(${parts.join(' or ')})` : (parts[0] ?? '');
      }
      case 'not': {
        const inner = condition(each.of);
        if (inner === '') throw new Unsupported(path, 'takes no event at all');
        return `not ${inner}`;
      }
      case 'none':
        throw new Unsupported(path, 'takes no event at all');
      case 'least':
        throw new Unsupported(path, 'minimum_should_match of more than one is not taken here');
      default: {
        if (isOfTheIndex(each.field) || (each.kind === 'range' && isTime(each.field))) return '';
        return select(leaf(each));
      }
    }
  }

  function leaf(each: Exclude<Query, { kind: 'all' | 'none' | 'and' | 'or' | 'not' | 'least' }>): Detection {
    const field = sigmaField(each.field, path);
    const running = isRunningText(each.field);
    switch (each.kind) {
      case 'equals':
        return {
          [`${field}${each.values.some(isText) && !each.caseless ? '|cased' : ''}`]: oneOrMore(each.values.map(plain)),
        };
      case 'phrase':
      case 'words': {
        const words = each.kind === 'phrase' ? [each.text] : each.text.split(/\s+/).filter((word) => word !== '');
        if (!running) return { [`${field}${isNumeric(each.text) ? '' : '|cased'}`]: plain(numeric(each.text)) };
        const every = each.kind === 'words' && each.every && words.length > 1 ? '|all' : '';
        return { [`${field}|re${every}`]: oneOrMore(words.map(wordsPattern)) };
      }
      case 'range':
        return Object.fromEntries(each.bounds.map((bound) => [`${field}|${bound.operator}`, boundValue(bound)]));
      case 'exists':
        return { [`${field}|exists`]: true };
      case 'wildcard':
        return running
          ? { [field]: anywhereWithin(each.pattern) }
          : { [`${field}${each.caseless ? '' : '|cased'}`]: each.pattern };
      default:
        return { [`${field}|re${each.caseless ? '|i' : ''}`]: `^(?:${luceneRegex(each.source, path)})$` };
    }
  }

  function boundValue({ value }: Bound): number {
    const number = Number(value);
    if (value === '' || !Number.isFinite(number))
      throw new Unsupported(path, `a range to \`${String(value)}\` is not taken here`);
    return number;
  }

  const text = condition(query);
  return {
    ...selections,
    ...(text === '' && { s1: ['*'] }),
    condition: text === '' ? 's1' : text.replace(/^\((.*)\)$/, outer),
  };
}

/** Without the parentheses around all of it. */
function outer(whole: string, inner: string): string {
  let depth = 0;
  for (const character of inner) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (depth < 0) return whole;
  }
  return inner;
}

/** '' stands for any. */
export function sigmaField(name: string, path: Path): string {
  const field = name.replace(/\.(?:keyword|raw)$/, '');
  if (field.includes('|')) throw new Unsupported(path, `a field \`${field}\` cannot be named in Sigma`);
  return field === '*' ? '' : field;
}

/** A value without wildcards in it. */
export function plain(value: Scalar): Scalar {
  return typeof value === 'string' ? value.replaceAll(/\\(?=[\\*?]|$)/g, '\\\\').replaceAll(/[*?]/g, '\\$&') : value;
}

const isText = (value: Scalar): boolean => typeof value === 'string';
const isNumeric = (text: string): boolean => /^-?\d{1,15}$/.test(text);
const numeric = (text: string): Scalar => (isNumeric(text) ? Number(text) : text);

function oneOrMore(values: readonly Scalar[]): Scalar | readonly Scalar[] {
  const [only] = values;
  return only !== undefined && values.length === 1 ? only : values;
}
