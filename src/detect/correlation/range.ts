// A condition on a number: `{gt: 100, lte: 200}`. All of it must hold.

export const operators = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
export type Range = Readonly<Partial<Record<(typeof operators)[number], number>>>;

export function isIn(range: Range, value: number): boolean {
  const { gt, gte, lt, lte, eq, neq } = range;
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte) &&
    (eq === undefined || value === eq) &&
    (neq === undefined || value !== neq)
  );
}

/** Bounded from above alone: it holds from the first signal on until too many came, so the end of the window decides. */
export function isUpperBound({ gt, gte, lt, lte, eq, neq }: Range): boolean {
  return (lt ?? lte) !== undefined && (gt ?? gte ?? eq ?? neq) === undefined;
}
