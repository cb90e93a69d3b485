// What every kind of destination tells about itself; index.ts has the table of them.

import type { ZodObject } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Destination, Notification } from '../core/destination.ts';
import type { Json } from '../core/event.ts';

export interface DestinationContext {
  readonly clock: Clock;
  /** The alert as programs get it (alert/payload.ts). */
  readonly payload: (notification: Notification) => Readonly<Record<string, Json>>;
}

export interface DestinationKind {
  /** One sentence for help and docs. */
  readonly description: string;
  /** The kind's own settings, with defaults and descriptions; secrets are marked `.meta({ secret: true })`. */
  readonly settings: ZodObject;
  /** `settings` is what the kind's `settings.parse` gave. Opens nothing: `send` does. */
  create(id: string, settings: object, context: DestinationContext): Destination;
}
