// `tocsin honeypot report`: sessions of Cowrie honeypots, from its log files or from the store, as text in the layout of
// cowrieprocessor, or better told as JSON, Markdown or a page.

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { createAnalyze } from '../analyzer/analyze.ts';
import { analyzerKinds } from '../analyzer/index.ts';
import { withPatience } from '../analyzer/patience.ts';
import { configFile } from '../config.ts';
import type { Analysis, Analyze } from '../core/analysis.ts';
import { UserError } from '../core/problem.ts';
import { createAssembler } from '../honeypot/assemble.ts';
import { createSessionIndex, fingerprintOf, hasshOf } from '../honeypot/campaign.ts';
import { type Choice, conditionOf, isChosen, ofLastDays } from '../honeypot/choose.ts';
import { withConstantFiles } from '../honeypot/constant-files.ts';
import { dailyReport, separator, worthReporting } from '../honeypot/daily.ts';
import { pageOf } from '../honeypot/html.ts';
import { questionsOf } from '../honeypot/knowledge.ts';
import { markdownOf } from '../honeypot/markdown.ts';
import { readCowrieLine } from '../honeypot/read.ts';
import { sessionReport } from '../honeypot/report.ts';
import type { Session } from '../honeypot/session.ts';
import { findSessions, firstSessionsWith, readSessions, sharedBy } from '../honeypot/stored.ts';
import { type Context, type Summary, summaryOf } from '../honeypot/summary.ts';
import { type Backend, withBackend } from './backend.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { formatDuration, parseCount, plural } from './format.ts';
import { listFiles, readLines } from './input.ts';
import { toJson } from './output.ts';

const formats = ['text', 'json', 'md', 'html'] as const;

interface ReportOptions extends Choice {
  readonly format?: (typeof formats)[number];
  readonly abnormal?: boolean;
  readonly compat?: boolean;
  readonly fixtures?: string;
  readonly wait: number;
}

/** The sessions of a report, and what may be asked about them. */
interface Material {
  readonly sessions: readonly Session[];
  readonly analyze: Analyze;
  readonly known: (session: Session) => Promise<Omit<Context, 'now' | 'analyses'>>;
}

export const command: CliCommand = {
  name: 'honeypot',
  description: 'tell what attackers did in a Cowrie honeypot',
  define(self, act) {
    self
      .command('report')
      .description('sessions of a honeypot, from log files or, where none is named, from the store')
      .argument('[file...]', 'cowrie.json files (gzip too), folders of them, or - for stdin')
      .addOption(new Option('--session <id>', 'the session of that id').conflicts(['downloadFile', 'ttyFile', 'days']))
      .addOption(new Option('--download-file <sha256>', 'sessions that left that file').conflicts(['ttyFile', 'days']))
      .addOption(new Option('--tty-file <name>', 'the session of that recording').conflicts('days'))
      .option('--days <number>', 'sessions of the last so many days that have any', parseCount)
      .option('--abnormal', 'those alone that stand out among the days')
      .addOption(new Option('-f, --format <format>', 'text where absent').choices(formats))
      .option('--fixtures <folder>', 'answers of outside services from recorded files: nobody is asked')
      .option('--wait <seconds>', 'at most, in all, for services that limit requests', parseCount, 60)
      .option('--compat', "with cowrieprocessor's own mistakes; --days means the newest files then")
      .addHelpText(
        'after',
        `
Examples:
  tocsin honeypot report --days 1
  tocsin honeypot report --session 909bea239054 --format html > session.html
  tocsin honeypot report --days 2 --compat /srv/cowrie/var/log/cowrie`,
      )
      .action(act(report));
  },
};

async function report(cli: Cli, files: readonly string[], options: ReportOptions): Promise<number> {
  const isStored = files.length === 0;
  const needsBackend = isStored || (options.fixtures === undefined && existsSync(join(cli.workspace, configFile)));
  const tell = async (backend: Backend | undefined): Promise<string> => {
    const patient = withPatience(analyzeWith(options, backend), {
      ms: options.wait * 1000,
      onWait: (analyzer, ms) => {
        if (ms >= 2000) cli.warn(`${analyzer} limits requests: waiting ${formatDuration(ms)}`);
      },
    });
    const analyze = withConstantFiles(patient);
    const tally = new Map<string, number>();
    // Of many sessions no single one is worth the day's budget.
    const isOne = options.session !== undefined || options.ttyFile !== undefined;
    const counting: Analyze = async (analyzer, observable) => {
      const analysis = await analyze(analyzer, observable, isOne ? 'normal' : 'low');
      const { state, message } = analysis;
      const told = `${analyzer}: ${message}`;
      if (state === 'limited' || state === 'error') tally.set(told, (tally.get(told) ?? 0) + 1);
      return analysis;
    };
    const material =
      backend !== undefined && isStored
        ? await fromStore(cli, backend, options, counting)
        : await fromFiles(cli, files, options, counting);
    if (material.sessions.length === 0) throw new UserError(missing(options), { exitCode: exitCodes.failures });
    const text = await render(material, options, cli.json);
    for (const [told, count] of tally) cli.warn(`${told} (${plural(count, 'answer')} missing)`);
    return text;
  };
  await cli.stdout.write(needsBackend ? await withBackend(cli, tell) : await tell(undefined));
  return exitCodes.ok;
}

function analyzeWith({ fixtures }: ReportOptions, backend: Backend | undefined): Analyze {
  if (fixtures !== undefined) return createAnalyze({ kinds: analyzerKinds, fixtures });
  if (backend !== undefined) return backend.analyze;
  return async (analyzer, observable) => ({
    analyzer,
    observable,
    state: 'skipped',
    message: 'there is no workspace with analyzers',
    facts: {},
  });
}

async function fromStore(cli: Cli, backend: Backend, options: ReportOptions, analyze: Analyze): Promise<Material> {
  const { events } = backend;
  const { keys, truncated } = await findSessions(events, conditionOf(options));
  if (truncated) cli.warn(`there are more sessions: the newest ${keys.length} are told; --days takes fewer`);
  const sessions: Session[] = [];
  await readSessions(events, keys, (session) => sessions.push(session));
  return {
    sessions: chosen(sessions, options),
    analyze,
    known: async (session) => ({
      campaign: await sharedBy(events, 'campaign', fingerprintOf(session)),
      sameHassh: await sharedBy(events, 'hassh', hasshOf(session)),
      firstSeen: await firstSessionsWith(events, filesOf(session)),
    }),
  };
}

async function fromFiles(
  cli: Cli,
  paths: readonly string[],
  options: ReportOptions,
  analyze: Analyze,
): Promise<Material> {
  const sessions: Session[] = [];
  const [campaigns, clients] = [createSessionIndex(fingerprintOf), createSessionIndex(hasshOf)];
  const firstSeen = new Map<string, number>();
  const onSession = (session: Session): void => {
    campaigns.add(session);
    clients.add(session);
    for (const file of filesOf(session)) {
      firstSeen.set(file, Math.min(firstSeen.get(file) ?? Number.POSITIVE_INFINITY, session.started));
    }
    if (isChosen(session, options)) sessions.push(session);
  };
  // A session may go on in a file that is read much later.
  const assembler = createAssembler({ onSession, idleMs: 7 * 86_400_000, maxOpen: Number.POSITIVE_INFINITY });
  const named = options.compat === true && options.days !== undefined ? await newest(paths, options.days) : paths;
  for await (const line of readLines(named, cli.stdin)) {
    const event = readCowrieLine(line);
    if (event !== undefined) assembler.add(event);
  }
  assembler.end();
  return {
    sessions: chosen(sessions, options),
    analyze,
    known: async (session) => ({ campaign: campaigns.of(session), sameHassh: clients.of(session), firstSeen }),
  };
}

/** By their time of change, as cowrieprocessor does. */
async function newest(paths: readonly string[], count: number): Promise<readonly string[]> {
  const files = await listFiles(paths);
  const times = await Promise.all(files.map(async ({ path }) => ({ path, time: (await stat(path)).mtimeMs })));
  return times
    .toSorted((one, other) => other.time - one.time)
    .slice(0, count)
    .map(({ path }) => path);
}

/** The oldest first. */
function chosen(sessions: readonly Session[], { days, compat }: ReportOptions): readonly Session[] {
  const inOrder = sessions.toSorted((one, other) => one.started - other.started);
  return days === undefined || compat === true ? inOrder : ofLastDays(inOrder, days);
}

function filesOf({ transfers }: Session): readonly string[] {
  return transfers.flatMap(({ sha256 }) => (sha256 === '' ? [] : [sha256]));
}

async function render(material: Material, options: ReportOptions, isJson: boolean): Promise<string> {
  const { sessions, analyze } = material;
  const { format = isJson ? 'json' : 'text', compat = false } = options;
  if (format !== 'text') {
    const summaries: Summary[] = [];
    for (const session of sessions) summaries.push(await summarise(session, material));
    if (format === 'json') return `${toJson(summaries, 2)}\n`;
    return format === 'md' ? markdownOf(summaries) : pageOf(summaries);
  }
  if (options.session === undefined && options.downloadFile === undefined && options.ttyFile === undefined) {
    const told = await dailyReport(worthReporting(sessions), { analyze, compat, now: Date.now() });
    return options.abnormal === true ? told.abnormal : told.report;
  }
  const texts: string[] = [];
  for (const session of sessions) {
    const text = await sessionReport(session, analyze, { compat });
    if (text !== undefined) texts.push(text);
  }
  if (texts.length === 0) {
    const message = 'nobody logged in: the text report tells of logins alone; --format md tells everything';
    throw new UserError(message, { exitCode: exitCodes.failures });
  }
  return texts.join(separator);
}

async function summarise(session: Session, { analyze, known }: Material): Promise<Summary> {
  const asked = questionsOf(session).map(({ analyzer, observable }) => analyze(analyzer, observable));
  const analyses: readonly Analysis[] = await Promise.all(asked);
  return summaryOf(session, { now: Date.now(), analyses, ...(await known(session)) });
}

function missing({ session, downloadFile, ttyFile }: ReportOptions): string {
  if (session !== undefined) return `there is no session ${session}`;
  if (downloadFile !== undefined) return `no session left the file ${downloadFile}`;
  if (ttyFile !== undefined) return `there is no recording ${ttyFile}`;
  return 'there are no sessions of a Cowrie honeypot';
}
