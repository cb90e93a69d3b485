// One session of a Cowrie honeypot, as its events tell it. Types only.

import type { Json } from '../core/event.ts';

/** One line of cowrie.json, of any version. */
export interface CowrieEvent {
  readonly eventid: string;
  readonly session: string;
  /** As the line has it. */
  readonly timestamp: string;
  /** Epoch ms of `timestamp`. */
  readonly time: number;
  readonly [name: string]: Json | undefined;
}

export interface Login {
  readonly time: number;
  readonly timestamp: string;
  readonly success: boolean;
  readonly username: string;
  readonly password: string;
  /** Of a public key attempt. */
  readonly fingerprint?: string;
}

export interface Command {
  readonly time: number;
  readonly input: string;
  /** The honeypot did not know it. */
  failed: boolean;
}

export interface Transfer {
  readonly time: number;
  readonly direction: 'download' | 'upload';
  /** '' where the session made the file itself. */
  readonly url: string;
  /** '' where the transfer failed. */
  readonly sha256: string;
  readonly path: string;
  readonly error: string;
}

export interface Forward {
  readonly time: number;
  readonly host: string;
  readonly port: number;
  /** Of what was sent through it; ''. */
  ja4: string;
}

export interface Session {
  readonly sensor: string;
  readonly id: string;
  readonly sourceIp: string;
  /** ssh or telnet; '' where no event says. */
  readonly protocol: string;
  /** Epoch ms of the first and of the last event. */
  readonly started: number;
  readonly ended: number;
  /** Seconds as session.closed tells them; absent where it did not come. `text`: str() of the original's value. */
  readonly duration?: { readonly seconds: number; readonly text: string };
  /** The client's banner without quotes; ''. */
  readonly client: string;
  readonly hassh: string;
  /** A terminal was asked for. */
  readonly terminal?: { readonly width: number; readonly height: number };
  readonly logins: readonly Login[];
  readonly commands: readonly Command[];
  readonly transfers: readonly Transfer[];
  readonly forwards: readonly Forward[];
  /** Names of tty recordings. */
  readonly recordings: readonly string[];
  /** Number of events whose id contains `cowrie.command.`. */
  readonly commandEvents: number;
  /** By event id: how many. */
  readonly eventCounts: Readonly<Record<string, number>>;
}
