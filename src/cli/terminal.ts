// One output stream of the program: whether it is a terminal, how wide, with colour or not, and writing that waits.

import { once } from 'node:events';
import type { Severity } from '../core/severity.ts';

const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  alarm: ['1;97;41', '0'],
} as const;
export type Style = keyof typeof styles;

export interface Terminal {
  readonly isTTY: boolean;
  readonly colour: boolean;
  /** Of the terminal now; 80 where it is none. */
  readonly columns: () => number;
  readonly rows: () => number;
  /** Resolves when the stream takes more. Text from outside must have gone through `printable` before. */
  write(text: string): Promise<void>;
  line(text?: string): Promise<void>;
  /** The text in that style, or as it is where colours are off. */
  readonly paint: (style: Style, text: string) => string;
}

export type ColourChoice = 'auto' | 'always' | 'never';

/** The part of `process.stdout` that is used. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export function createTerminal(
  stream: OutputStream & NodeJS.EventEmitter,
  env: Readonly<Record<string, string | undefined>>,
  choice: ColourChoice,
): Terminal {
  const isTTY = stream.isTTY === true;
  const colour = choice === 'auto' ? isColourWanted(isTTY, env) : choice === 'always';
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await once(stream, 'drain');
  };
  return {
    isTTY,
    colour,
    columns: () => stream.columns ?? 80,
    rows: () => stream.rows ?? 24,
    write,
    line: (text = '') => write(`${text}\n`),
    paint: (style, text) => (colour ? `\u001B[${styles[style][0]}m${text}\u001B[${styles[style][1]}m` : text),
  };
}

/** https://no-color.org and https://force-color.org: set and not empty. */
function isColourWanted(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return isTTY && env['TERM'] !== 'dumb';
}

export const severityStyles: Readonly<Record<Severity, Style>> = {
  INFO: 'dim',
  LOW: 'cyan',
  MEDIUM: 'yellow',
  HIGH: 'red',
  CRITICAL: 'alarm',
};
