// The port that every kind of destination implements.

import type { Alert, AlertEvent } from './alert.ts';

export interface Notification {
  /** The same at every attempt: Message-ID of a mail, Idempotency-Key of a webhook. */
  readonly id: string;
  /** What happened to the alert. */
  readonly event: AlertEvent;
  readonly alert: Alert;
  /** Address of the alert in the console or the API. */
  readonly link: string;
}

/** An attempt that will fail the same way again (bad address, 4xx) is final: it is not retried. */
export type DeliveryResult =
  | { readonly kind: 'delivered'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string; readonly final: boolean };

export interface Destination {
  readonly id: string;
  readonly kind: string;
  /** Does not throw for what the far side does; takes at most its own time limit. */
  send(notification: Notification): Promise<DeliveryResult>;
  close(): Promise<void>;
}
