// The port to what the analyzers of all processes share: the answers they got, who is asking now, and what an account
// with a service may still spend. It asks nobody and judges no answer. Times are epoch milliseconds.

import type { Observable } from './analysis.ts';
import type { Json } from './event.ts';

export interface Question {
  readonly analyzer: string;
  /** In its one spelling: the same thing is asked under the same value. */
  readonly observable: Observable;
}

/** As the service gave it, bounded and without keys. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: Json;
  readonly asked: number;
  /** Not asked again before. */
  readonly until: number;
}

/** At most so many requests, one or more, within any span of so many seconds. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** How a service treats one key. */
export interface Account {
  /** Requests in a row that the service did not answer as it should. */
  readonly failures: number;
  /** It fails: no request before. */
  readonly openUntil: number;
  /** It said so itself: no request before. */
  readonly retryAfter: number;
}

export interface Admit {
  /** Id of the account. Never the key itself. */
  readonly account: string;
  readonly limits: readonly RateLimit[];
  readonly now: number;
  /** The kept answer of this time is of no use, and is asked for anew. */
  readonly unusable?: number;
  /** When this process has an answer or has given up; later, another one may ask. */
  readonly claimUntil: number;
  /** What the request makes of the account; undefined: it is not open. */
  readonly enter: (account: Account) => Account | undefined;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly account: Account }
  /** It is there by now: another process asked. */
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** Another process is asking it. */
  | { readonly kind: 'claimed'; readonly until: number }
  | { readonly kind: 'closed'; readonly account: Account }
  | { readonly kind: 'spent'; readonly limit: RateLimit; readonly until: number };

export interface AnalysisStore {
  /** The last answer, also when its time is over. */
  answer(question: Question): Promise<KeptAnswer | undefined>;
  /** Takes one request off the account and claims the question, or changes nothing; atomic over all processes. */
  admit(question: Question, admit: Admit): Promise<Admission>;
  /** Ends the claim, with an answer to keep or none, and gives what the account has become. Answers that ended a month
   *  ago are forgotten by and by. */
  settle(
    question: Question,
    settle: {
      readonly account: string;
      readonly answer?: KeptAnswer;
      readonly change: (account: Account) => Account;
    },
  ): Promise<Account>;
}
