// What an error says, for a sentence that a person reads.

import { messageOf } from '../../core/failure.ts';

export function reasonOf(error: unknown): string {
  // Several addresses were tried, and each has its error.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return messageOf(error);
}
