// `tocsin sigma check`: what is wrong with Sigma's files, which rules see nothing here, and what filters do.

import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import { formatProblem, type Problem, UserError } from '../core/problem.ts';
import type { Schema } from '../core/schema.ts';
import type { Correlation } from '../detect/correlation/correlation.ts';
import { parseCorrelation } from '../detect/correlation/document.ts';
import { type Blindness, blindnessOf } from '../detect/sigma/blind.ts';
import { isSigmaText, parseSigmaDocument } from '../detect/sigma/document.ts';
import { applyFilters } from '../detect/sigma/filter.ts';
import type { Placeholders } from '../detect/sigma/item.ts';
import { withLogTypes } from '../detect/sigma/route.ts';
import type { SigmaFilter, SigmaRule } from '../detect/sigma/rule.ts';
import { uniqueRules } from '../detect/unique.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { plural } from './format.ts';
import { toJson } from './output.ts';
import { chooseSchemas } from './schemas.ts';
import { printable } from './width.ts';

/** Where a workspace has such files. */
const ownFolders = ['rules', 'correlations'];

interface Checked {
  readonly rules: readonly SigmaRule[];
  readonly blind: readonly { readonly rule: SigmaRule; readonly blindness: Blindness }[];
  /** Filters with the ids of the rules that they fit. */
  readonly filters: ReturnType<typeof applyFilters>['applied'];
  readonly correlations: number;
  readonly problems: readonly Problem[];
}

export const command: CliCommand = {
  name: 'sigma',
  description: 'check Sigma rules: what is wrong, and which rules are blind',
  define(self, act) {
    self
      .command('check')
      .description('what is wrong with rules, and which see nothing: no schema has their log source or their fields')
      .argument('[path...]', "files and folders; the workspace's rules and correlations where none is named")
      .option('--no-blind', 'without those that see nothing')
      .addHelpText('after', '\nEnds with 1 if a rule is refused; blind rules are told and are no failure.')
      .action(
        act(async (cli, paths: readonly string[], { blind }: { readonly blind: boolean }) => {
          const { config } = await loadConfig(cli.workspace, { env: cli.env });
          const files = await readFiles(cli, paths);
          const checked = check(files, await chooseSchemas(cli, undefined), config.sigma.placeholders);
          await (cli.json ? cli.stdout.line(toJson(asJson(checked), 2)) : tell(cli, checked, blind));
          return checked.problems.length > 0 ? exitCodes.failures : exitCodes.ok;
        }),
      );
  },
};

interface TextFile {
  readonly name: string;
  readonly text: string;
  /** Named by the user: it must be Sigma's. */
  readonly isNamed: boolean;
}

async function readFiles(cli: Cli, paths: readonly string[]): Promise<readonly TextFile[]> {
  const roots =
    paths.length > 0
      ? paths.map((path) => resolve(path))
      : ownFolders.map((name) => join(cli.workspace, name)).filter((path) => existsSync(path));
  const base = paths.length > 0 ? process.cwd() : cli.workspace;
  const files: TextFile[] = [];
  for (const root of roots) {
    const status = await stat(root).catch(() => undefined);
    if (status === undefined) throw new UserError(`there is no ${relative(base, root)}`, { exitCode: exitCodes.usage });
    const found = status.isDirectory() ? await readdir(root, { recursive: true }) : [''];
    const names = status.isDirectory() ? found.filter((name) => /\.ya?ml$/i.test(name)).toSorted() : found;
    for (const name of names) {
      const path = join(root, name);
      const text = await readFile(path, 'utf8');
      files.push({ name: relative(base, path), text, isNamed: !status.isDirectory() });
    }
  }
  return files;
}

function check(files: readonly TextFile[], schemas: readonly Schema[], placeholders: Placeholders): Checked {
  const rules: SigmaRule[] = [];
  const filters: SigmaFilter[] = [];
  const problems: Problem[] = [];
  const correlations: Correlation[] = [];
  for (const { name, text, isNamed } of files) {
    if (!isNamed && !isSigmaText(text)) continue;
    const read = parseSigmaDocument(text, name, placeholders);
    rules.push(...read.rules);
    filters.push(...read.filters);
    problems.push(...read.problems);
    for (const document of read.correlations) {
      const { correlation, problems: found } = parseCorrelation(document, name);
      problems.push(...found);
      if (correlation !== undefined) correlations.push(correlation);
    }
  }
  const { rules: first, problems: taken } = uniqueRules<SigmaRule | Correlation>([...rules, ...correlations]);
  const filtered = applyFilters(
    rules.filter((rule) => first.includes(rule)),
    filters,
  );
  const routed = filtered.rules.map((rule) => withLogTypes(rule, schemas));
  return {
    rules: routed,
    blind: routed.flatMap((rule) => {
      const blindness = blindnessOf(rule, schemas);
      return blindness === undefined ? [] : [{ rule, blindness }];
    }),
    filters: filtered.applied,
    correlations: correlations.filter((correlation) => first.includes(correlation)).length,
    problems: [...problems, ...taken, ...filtered.problems],
  };
}

async function tell(cli: Cli, checked: Checked, withBlind: boolean): Promise<void> {
  const { rules, blind, filters, correlations, problems } = checked;
  for (const problem of problems) await cli.stdout.line(cli.stdout.paint('red', printable(formatProblem(problem))));
  for (const { rule, blindness } of withBlind ? blind : []) {
    const { file, displayName } = rule.detection;
    await cli.stdout.line(cli.stdout.paint('yellow', printable(`${file}: ${displayName}: ${blindText(blindness)}`)));
  }
  for (const { filter, rules: ids } of filters) {
    for (const rule of rules.filter(({ detection }) => ids.includes(detection.id))) {
      await cli.stdout.line(printable(`${filter.file}: ${rule.detection.displayName}: ${rule.conditionText}`));
    }
  }
  if (cli.quiet) return;
  const also =
    correlations > 0 ? `, ${plural(correlations, 'correlation')} (whose rules are looked up by \`tocsin doctor\`)` : '';
  await cli.stderr.line(
    `${plural(rules.length, 'rule')}${also}: ${plural(problems.length, 'problem')}, ${blind.length} blind`,
  );
}

function blindText(blindness: Blindness): string {
  if (blindness.why === 'log source') return `blind: no schema makes events of \`${blindness.logsource}\``;
  const each = Object.entries(blindness.missing).map(([logType, fields]) => `${logType} has no ${fields.join(', ')}`);
  return `blind: ${each.join('; ')}`;
}

function asJson({ rules, blind, filters, correlations, problems }: Checked) {
  return {
    rules: rules.map(({ detection, conditionText }) => ({
      id: detection.id,
      title: detection.displayName,
      file: detection.file,
      logTypes: detection.logTypes,
      condition: conditionText,
    })),
    correlations,
    filters: filters.map(({ filter, rules: ids }) => ({ title: filter.title, file: filter.file, rules: ids })),
    blind: blind.map(({ rule, blindness }) => ({ id: rule.detection.id, file: rule.detection.file, ...blindness })),
    problems,
  };
}
