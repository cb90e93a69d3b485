// What an error says, for a sentence that a person reads.

export function reasonOf(error: unknown): string {
  // Several addresses were tried, and each has its error.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
