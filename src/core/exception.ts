// What somebody wants no alert of: known and accepted, with an owner, a reason and an end. Made while the program runs; those
// of rules' own documents are part of their conditions. And the port to where they are kept.

import type { Json } from './event.ts';

export interface Exception {
  readonly id: string;
  /** `*`: all. */
  readonly detection: string;
  /** A selection in Sigma's form: `{"src_ip|cidr": ["10.9.0.0/24"], "user": "svc-*"}`. All fields, one value of each. */
  readonly when: { readonly [field: string]: Json | undefined };
  readonly owner: string;
  readonly reason: string;
  /** Epoch ms, as are the others. */
  readonly created: number;
  /** It holds before. */
  readonly until: number;
  /** Signals that it left out. */
  readonly silenced: number;
  /** When the newest of them was received. */
  readonly last?: number;
}

export interface ExceptionStore {
  add(exception: Pick<Exception, 'detection' | 'when' | 'owner' | 'reason' | 'until'>): Promise<Exception>;
  /** With those that have ended, the one that ends first in front. */
  list(): Promise<readonly Exception[]>;
  /** false: there is none of that id. */
  remove(id: string): Promise<boolean>;
}
