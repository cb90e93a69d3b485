// What the commands need of the program that main.ts puts together: the App with and without its API. Types only, so that
// `tocsin --help` loads no store.

import type { App, Content } from '../app-port.ts';
import type { Config, SourceConfig } from '../config.ts';

/** What can be asked of the stores while nothing runs. */
export type OfflineApp = Pick<App, 'alerts' | 'events' | 'keys' | 'analyze' | 'alertEvents' | 'stop'>;

export interface Running {
  readonly app: App;
  /** Of the API: `http://127.0.0.1:7780`; absent where none was asked for. */
  readonly address?: string;
  /** The key that the very first start made, to be shown once. */
  readonly firstKey?: string;
  /** Which Python runs the rules, behind which wall; '' without Python rules. */
  readonly wall: string;
  /** Resolves when every source is done and all that it gave is stored and raised; never while one is followed. */
  finished(): Promise<void>;
  /** Drains, closes the stores and lets go of the data folder. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** false: no listener; for one-shot work. */
  readonly api: boolean;
  /** Instead of the configured ones. */
  readonly sources?: readonly SourceConfig[];
  /** Read from the beginning, whatever earlier runs had finished. */
  readonly again?: boolean;
  /** What a person must know, in a sentence. */
  readonly warn: (message: string) => void;
}

export interface Program {
  readonly version: string;
  /** Takes the data folder's lock, then starts everything. */
  start(config: Config, options: StartOptions): Promise<Running>;
  /** Takes the data folder's lock, then opens the stores alone. */
  open(config: Config, warn: StartOptions['warn']): Promise<OfflineApp>;
  /** The workspace's and the built-in schemas and rules. */
  loadContent(config: Config, options?: { readonly python?: boolean }): Promise<Content>;
}
