// Where the checks of a schema file put what they find.

import type { Path } from '../core/document-text.ts';

/** `warn` is for what does not keep the schema from being used. With `key`, the place is that key of the map at the path. */
export interface Findings {
  error(path: Path, message: string, key?: string): void;
  warn(path: Path, message: string, key?: string): void;
}
