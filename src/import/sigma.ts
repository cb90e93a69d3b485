// Sigma's own files: they run as they are, so they are copied. What would be refused is told by who runs them; a pipeline
// has no place here, as fields are found by their names, and its mappings are listed.

import { readDocumentText } from '../core/document-text.ts';
import { type Imported, type ImportSource } from './import.ts';
import type { Problem } from '../core/problem.ts';

type Members = Readonly<Record<string, unknown>>;

/** `path`: within the folder that was named. `check`: what is wrong with such a file. */
export function importSigma(
  source: ImportSource & { readonly path: string },
  check: (text: string, file: string) => readonly Problem[],
): Imported {
  if (/^transformations:/m.test(source.text)) return pipeline(source);
  const folder = /^correlation:/m.test(source.text) ? 'correlations' : 'rules';
  return {
    files: [{ path: `${folder}/${source.path}`, text: source.text }],
    refused: check(source.text, source.file),
    told: [],
  };
}

function pipeline({ text, file }: ImportSource): Imported {
  const document = readDocumentText(text, file);
  if (document.syntax.length > 0) return { files: [], refused: document.syntax, told: [] };
  const refused: Problem[] = [];
  const told: Problem[] = [];
  const { transformations } = document.value as Members;
  const list: readonly unknown[] = Array.isArray(transformations) ? transformations : [];
  for (const [i, each] of list.entries()) {
    const { type, mapping } = (typeof each === 'object' && each !== null ? each : {}) as Members;
    const at = ['transformations', i];
    if (type !== 'field_name_mapping' || typeof mapping !== 'object' || mapping === null) {
      refused.push(document.problem(at, `a transformation \`${String(type)}\` is not taken`));
      continue;
    }
    for (const [from, to] of Object.entries(mapping)) {
      const names = Array.isArray(to) ? to.join(', ') : String(to);
      told.push(
        document.problem(
          [...at, 'mapping', from],
          `${from} is ${names}: give the schema's field \`ecs: ${names}\` or this name`,
        ),
      );
    }
  }
  return { files: [], refused, told };
}
