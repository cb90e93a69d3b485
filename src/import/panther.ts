// A folder of Panther's analysis tools, as a workspace has it: each file into the folder that reads it, unchanged. What a
// document names by `Filename` stays beside it.

import { readDocumentText } from '../core/document-text.ts';
import type { Problem } from '../core/problem.ts';
import type { Imported, ImportedFile, ImportSource } from './import.ts';

interface PantherSource extends ImportSource {
  /** Within the folder that was named, with `/`. */
  readonly path: string;
}

/** Folders of a workspace by the kind of document. */
const folders = new Map([
  ['rule', 'rules'],
  ['scheduled_rule', 'rules'],
  ['datamodel', 'rules'],
  ['correlation_rule', 'correlations'],
  ['global', 'helpers'],
  ['lookup_table', 'lookups'],
  ['saved_query', 'queries'],
  ['scheduled_query', 'queries'],
]);

/** `check`: what is wrong with a document of such a kind. */
export function importPanther(
  sources: readonly PantherSource[],
  check: (type: string, text: string, file: string) => readonly Problem[],
): Imported {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const files = new Map<string, ImportedFile>();
  const refused: Problem[] = [];
  const told: Problem[] = [];
  for (const { path, file, text } of sources) {
    if (!/\.ya?ml$/.test(path) || !/^AnalysisType:/m.test(text)) continue;
    const document = readDocumentText(text, file);
    refused.push(...document.syntax);
    const {
      AnalysisType: type,
      Filename: code,
      GlobalID: id,
    } = (document.value ?? {}) as Readonly<Record<string, unknown>>;
    const folder = folders.get(String(type));
    if (folder === undefined) {
      if (type === 'pack')
        told.push(
          document.problem(['AnalysisType'], 'a pack is left out: a workspace runs what its files say is enabled'),
        );
      else if (document.syntax.length === 0)
        refused.push(document.problem(['AnalysisType'], `\`${String(type)}\` is not taken`));
      continue;
    }
    refused.push(...check(String(type), text, file));
    const at = (name: string): string => `${folder}/${within(name)}`;
    const needed = typeof code === 'string' ? byPath.get(beside(path, code)) : undefined;
    if (typeof code === 'string' && needed === undefined)
      refused.push(document.problem(['Filename'], `there is no file ${code} beside it`));
    if (type === 'global') {
      // A helper is imported by its id, which is the name of its file here.
      if (needed !== undefined && /^\w+$/.test(String(id)))
        add({ path: `helpers/${String(id)}.py`, text: needed.text }, file);
      continue;
    }
    add({ path: at(path), text }, file);
    if (needed !== undefined) add({ path: at(needed.path), text: needed.text }, file);
  }
  return { files: [...files.values()], refused, told };

  function add(made: ImportedFile, file: string): void {
    const known = files.get(made.path);
    if (known !== undefined && known.text !== made.text)
      refused.push({ file, message: `${made.path} comes from another file already` });
    else files.set(made.path, made);
  }
}

/** Without Panther's own folder in front. */
function within(path: string): string {
  const [first = '', ...rest] = path.split('/');
  const isOwn = /^(?:rules|queries|correlation_rules|lookup_tables|global_helpers)$/.test(first);
  return isOwn && rest.length > 0 ? rest.join('/') : path;
}

function beside(path: string, name: string): string {
  const folder = path.split('/').slice(0, -1);
  return [...folder, name].join('/');
}
