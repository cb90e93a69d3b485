// The tests that queries bring along: what they say of a row. The SQL is not run.

import { isScheduled } from '../detect/query/query.ts';
import { testQuery } from '../detect/query/test-query.ts';
import type { RuleTestReport } from '../detect/test-runner.ts';
import { type QueryFiles, readQueries } from '../schedule/read-queries.ts';

export async function* testQueries(
  files: QueryFiles,
  isWanted: (file: string) => boolean,
): AsyncGenerator<RuleTestReport> {
  const read = await readQueries(files);
  const { queries, problems, warnings } = read;
  try {
    for (const problem of problems.filter(({ file }) => isWanted(file))) {
      yield { rule: '', file: problem.file, language: 'sql', tests: [], warnings: [], problems: [problem] };
    }
    for (const query of queries.values()) {
      if (!isScheduled(query) || !isWanted(query.file)) continue;
      const results = await testQuery(query);
      yield {
        rule: query.name,
        file: query.file,
        language: 'sql',
        tests: results.map(({ name, passed, failures }) => ({
          name,
          passed,
          expected: true,
          ...(failures.length > 0 && { error: failures.join('; ') }),
        })),
        warnings: warnings.filter(({ file }) => file === query.file).map(({ message }) => message),
        problems: [],
      };
    }
  } finally {
    await read.close();
  }
}
