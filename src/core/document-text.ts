// A YAML file that a user wrote, as text: YAML 1.2 to plain values, with the place of each for messages. Knows nothing
// of the keys.

import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, type Pair } from 'yaml';
import type { Problem } from './problem.ts';

export type Path = readonly (string | number)[];

export interface DocumentText {
  readonly value: unknown;
  /** Broken YAML; `value` is then undefined. */
  readonly syntax: readonly Problem[];
  /** `fields[2].type: <message>`, placed at the value, or at the nearest thing around it that there is. With `key`, at
   *  that key of the map at the path. */
  problem(path: Path, message: string, key?: string): Problem;
  /** The same without the path in front of the message. */
  at(path: Path, message: string, key?: string): Problem;
}

const longestFile = 1024 * 1024;
/** One slip can make the rest of a file strange; more than these help nobody. */
const mostErrors = 10;

export function readDocumentText(text: string, file: string): DocumentText {
  const lines = new LineCounter();
  const placed = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, message };
  };
  const broken = (...syntax: readonly Problem[]): DocumentText => ({
    value: undefined,
    syntax,
    problem: (_, message) => ({ file, message }),
    at: (_, message) => ({ file, message }),
  });
  if (text.length > longestFile) return broken({ file, message: 'is larger than 1 MiB' });
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const errors = [...document.errors, ...document.warnings].slice(0, mostErrors);
    if (errors.length > 0) return broken(...errors.map((error) => placed(error.pos[0], `YAML: ${syntaxText(error)}`)));
    const { contents } = document;
    const strange = findProtoKey(contents);
    if (strange !== undefined) return broken(placed(start(strange), 'the key __proto__ is not allowed'));
    const at: DocumentText['at'] = (path, message, key) => placed(offsetOf(contents, path, key), message);
    return {
      value: document.toJS({ maxAliasCount: 100 }) as unknown,
      syntax: [],
      problem(path, message, key) {
        const where = pathText(path);
        return at(path, where === '' ? message : `${where}: ${message}`, key);
      },
      at,
    };
  } catch (error) {
    // Nesting that exhausts the stack, and aliases that multiply.
    if (error instanceof RangeError || error instanceof ReferenceError)
      return broken({ file, message: `YAML: ${syntaxText(error)}` });
    throw error;
  }
}

function syntaxText(error: Error): string {
  return error.message.includes('call stack') ? 'is nested too deeply' : error.message;
}

/** `fields[2].type`; '' for the whole document. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
  return text;
}

function start(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function offsetOf(contents: Node | null, path: Path, key: string | undefined): number {
  let node: unknown = contents;
  let offset = start(contents);
  for (const part of key === undefined ? path : [...path, key]) {
    if (isMap<Node, Node | null>(node)) {
      const pair = node.items.find((item) => keyText(item) === String(part));
      if (pair === undefined) return offset;
      node = pair.value;
      offset = start(part === key || pair.value === null ? pair.key : pair.value);
    } else if (isSeq<Node>(node) && typeof part === 'number') {
      node = node.items[part];
      if (isNode(node)) offset = start(node);
    } else return offset;
  }
  return offset;
}

function findProtoKey(node: unknown): Node | undefined {
  if (isSeq(node)) {
    for (const item of node.items) {
      const found = findProtoKey(item);
      if (found !== undefined) return found;
    }
  }
  if (isMap<Node, Node | null>(node)) {
    for (const pair of node.items) {
      const found = keyText(pair) === '__proto__' ? pair.key : findProtoKey(pair.value);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
