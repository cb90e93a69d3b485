/** `a`, or a call of one function over all: as deep as one operand, however many there are. */
export function joined(by: 'and' | 'or', operands: readonly string[]): string {
  const unique = [...new Set(operands)];
  if (unique.length === 0) return by === 'and' ? 'true' : 'false';
  return unique.length === 1 ? (unique[0] as string) : `${by}(${unique.join(', ')})`;
}
