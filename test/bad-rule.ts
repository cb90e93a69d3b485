// For tests: rules that misbehave on events of Custom.Word, two good ones, and what the program says of them.

import { type AlertAnswer, alertsOf, type Program } from './program.ts';

/** `rules/python-<name>.py` and `.yml` with the id `Python.<Name>`. */
export function pythonRule(
  name: string,
  source: string,
  file = `python-${name.toLowerCase()}`,
): Record<string, string> {
  const document = ['AnalysisType: rule', `RuleID: Python.${name}`, `Filename: ${file}.py`, 'Enabled: true'];
  document.push('LogTypes: [Custom.Word]', 'Severity: Low', '');
  return { [`rules/${file}.py`]: source, [`rules/${file}.yml`]: document.join('\n') };
}

/** `rules/typescript-<name>.ts` with the id `TypeScript.<Name>`; `body` is an expression or a block's inside. */
export function typescriptRule(name: string, body: string): Record<string, string> {
  const source = `import { rule } from 'tocsin';
export default rule({
  id: 'TypeScript.${name}',
  logTypes: ['Custom.Word'],
  severity: 'Low',
  match: (event) => { ${body}; return true; },
});
`;
  return { [`rules/typescript-${name.toLowerCase()}.ts`]: source };
}

/** They match every word. */
export const goodRules: Readonly<Record<string, string>> = {
  'rules/good.py': 'def rule(event):\n    return True\ndef title(event):\n    return "python " + event["word"]\n',
  'rules/good.yml':
    'AnalysisType: rule\nRuleID: Good.Python\nFilename: good.py\nEnabled: true\nLogTypes: [Custom.Word]\nSeverity: Low\n',
  'rules/good.ts': `import { rule } from 'tocsin';
export default rule({
  id: 'Good.TypeScript',
  logTypes: ['Custom.Word'],
  severity: 'Low',
  match: () => true,
  title: (event) => 'typescript ' + event.word,
});
`,
};

/** Titles of alerts of rules that matched. */
export async function titlesOf(program: Program): Promise<readonly string[]> {
  return (await alertsOf(program)).filter(({ kind }) => kind === 'RULE').map(({ title }) => title);
}

/** Titles of rule-error alerts, by detection. */
export async function errorsOf(program: Program): Promise<ReadonlyMap<string, string>> {
  const errors = (await alertsOf(program)).filter(({ kind }) => kind === 'RULE_ERROR');
  return new Map(errors.map(({ detection, title }: AlertAnswer) => [detection, title]));
}

/** State and message of each detection. */
export async function statesOf(program: Program): Promise<Readonly<Record<string, readonly [string, string]>>> {
  type Answer = { items: { id: string; state: string; message: string }[] };
  const { items } = await program.ask<Answer>('/api/v1/detections');
  return Object.fromEntries(items.map(({ id, state, message }) => [id, [state, message]]));
}
