// Detections of other systems, made into files of a workspace. Each importer takes texts and gives texts with all that it
// could not take. It reads and writes no file, runs nothing, and never guesses in silence: a guess is told.

import type { DocumentText, Path } from '../core/document-text.ts';
import type { Problem } from '../core/problem.ts';
import type { Table } from '../core/table.ts';

export interface ImportSource {
  /** As the user gave it, for messages. */
  readonly file: string;
  readonly text: string;
}

export interface ImportedFile {
  /** In the workspace: `queries/portscan.yml`. */
  readonly path: string;
  readonly text: string;
}

export interface Imported {
  readonly files: readonly ImportedFile[];
  /** What could not be taken. A file of which this takes the meaning is written switched off, or not at all. */
  readonly refused: readonly Problem[];
  /** What was decided, and what is to be done by a person. */
  readonly told: readonly Problem[];
}

export interface ImportOptions {
  /** Of the log types that there are. */
  readonly tables: readonly Table[];
  /** Log types by index pattern. */
  readonly indexes: ReadonlyMap<string, string>;
  /** Stored scripts by id. */
  readonly scripts: ReadonlyMap<string, string>;
}

/** Something that cannot be taken, and where it is. Caught by the importer of the document. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
  readonly path: Path;
  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

export interface Findings {
  readonly refused: Problem[];
  readonly told: Problem[];
  /** Its meaning is not taken: what is written of it is switched off. */
  refuse(path: Path, message: string): void;
  /** It is refused, and the rest is right without it. */
  lose(path: Path, message: string): void;
  isBroken(): boolean;
  tell(path: Path, message: string): void;
  /** undefined: it was refused. */
  attempt<T>(take: () => T): T | undefined;
}

export function collectFindings(document: DocumentText): Findings {
  const refused: Problem[] = [];
  const told: Problem[] = [];
  let broken = false;
  const lose: Findings['lose'] = (path, message) => add(refused, document.problem(path, message));
  const refuse: Findings['refuse'] = (path, message) => {
    broken = true;
    lose(path, message);
  };
  return {
    refused,
    told,
    refuse,
    lose,
    isBroken: () => broken,
    tell: (path, message) => add(told, document.problem(path, message)),
    attempt(take) {
      try {
        return take();
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error;
        refuse(error.path, error.message);
        return undefined;
      }
    },
  };
}

/** What is said twice of one line is said once. */
function add(list: Problem[], problem: Problem): void {
  if (!list.some((known) => known.line === problem.line && known.message === problem.message)) list.push(problem);
}
