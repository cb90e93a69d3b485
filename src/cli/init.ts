// `tocsin init [dir]`: a workspace that works: a schema, a rule in TypeScript and one in Python with their tests, and a
// log to try them on. It never overwrites anything.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../core/problem.ts';
import { type CliCommand, exitCodes } from './command.ts';
import { printableMessage } from './format.ts';
import { toJson } from './output.ts';
import { workspaceFiles } from './workspace-files.ts';

/** Content folders of a workspace that begin empty. */
const folders = ['correlations', 'queries', 'lookups', 'playbooks', 'helpers'];

export const command: CliCommand = {
  name: 'init',
  description: 'make a workspace',
  define(self, act) {
    self.argument('[dir]', 'folder; the current one where absent', '.').action(
      act(async (cli, dir: string) => {
        const root = resolve(dir);
        const made: string[] = [];
        const kept: string[] = [];
        try {
          for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
          for (const [name, text] of Object.entries(workspaceFiles)) {
            await mkdir(dirname(join(root, name)), { recursive: true });
            ((await writeNew(join(root, name), text)) ? made : kept).push(name);
          }
        } catch (cause) {
          throw new UserError(`cannot make a workspace in ${root}: ${printableMessage(cause)}`, { cause });
        }
        if (cli.json) await cli.stdout.write(`${toJson({ workspace: root, made, kept }, 2)}\n`);
        if (cli.quiet || cli.json) return exitCodes.ok;
        for (const name of made) await cli.stderr.line(`  made  ${name}`);
        for (const name of kept) await cli.stderr.line(`  kept  ${name} (it was there)`);
        const there = relative(process.cwd(), root);
        await cli.stderr.line(`
Next:${there === '' ? '' : `\n  cd ${there}`}
  tocsin test                      the rules' own tests
  tocsin ingest samples/app.log    events, and an alert
  tocsin alerts
  tocsin run                       sources, rules and the API, until Ctrl-C`);
        return exitCodes.ok;
      }),
    );
  },
};

/** false: a file of that name is there. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
