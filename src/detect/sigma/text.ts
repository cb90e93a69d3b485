// Sigma's texts with wildcards, taken into pieces. (Specification 2.1.0, "Escaping".)

import type { Piece, TextMatch } from './ast.ts';

export const anyRun: Piece = { any: 'run' };
const anyOne: Piece = { any: 'one' };

/** `*` is any run of characters, `?` one. A backslash takes the meaning from `*`, `?` and a backslash after it, and is
 *  itself before anything else. */
export function parseText(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\' && /^[*?\\]/.test(text.charAt(at + 1))) {
      literal += text.charAt(++at);
    } else if (character === '*' || character === '?') {
      if (literal !== '') pieces.push(literal);
      literal = '';
      pieces.push(character === '*' ? anyRun : anyOne);
    } else {
      literal += character;
    }
  }
  if (literal !== '') pieces.push(literal);
  return joinPieces(pieces);
}

/** One piece where several say the same: runs beside each other, texts beside each other. */
export function joinPieces(pieces: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece;
    else if (isRun(piece) && isRun(last)) continue;
    else if (piece !== '') joined.push(piece);
  }
  return joined;
}

export function isRun(piece: Piece | undefined): boolean {
  return typeof piece === 'object' && piece.any === 'run';
}

/** The text, where there is no wildcard in it. */
export function literalOf(pieces: readonly Piece[]): string | undefined {
  if (pieces.length === 0) return '';
  const [only] = pieces;
  return pieces.length === 1 && typeof only === 'string' ? only : undefined;
}

/** How a text match without `?` and without inner wildcards compares: most do, and there is a fast way for each. */
export type PlainText = ComparedText | { readonly how: 'anything' };

export interface ComparedText {
  readonly how: 'equals' | 'contains' | 'startswith' | 'endswith';
  readonly text: string;
}

/** undefined where it is more than that. */
export function plainText({ pieces }: TextMatch): PlainText | undefined {
  const literal = literalOf(pieces);
  if (literal !== undefined) return { how: 'equals', text: literal };
  const from = isRun(pieces[0]) ? 1 : 0;
  const to = isRun(pieces.at(-1)) ? pieces.length - 1 : pieces.length;
  if (to <= from) return pieces.length === 1 ? { how: 'anything' } : undefined;
  const [inner] = pieces.slice(from, to);
  if (to - from !== 1 || typeof inner !== 'string') return undefined;
  const how = from === 1 && to < pieces.length ? 'contains' : from === 1 ? 'endswith' : 'startswith';
  return { how, text: inner };
}
