// Every public Sigma rule over recorded Windows and Linux logs: streaming and SQL give the same hits.

import { describe, expect, test } from 'vitest';
import { agreementOf, linuxLines, missing, readContent, readRules, windowsLines } from '../sigma-corpus.ts';
import { openHistory, readSchema } from '../sigma-history.ts';

describe.skipIf(missing !== '')(`Sigma in SQL${missing === '' ? '' : ` (skipped without ${missing})`}`, () => {
  const sets = [
    ['windows/event-logs.yml', windowsLines, 2800, 350],
    ['linux/auth.yml', linuxLines, 1, 0],
  ] as const;

  test.each(sets)('finds what streaming finds: %s', async (file, lines, leastRules, leastHits) => {
    await using history = await openHistory(readSchema(readContent(file), file), lines());
    const { rules, refused, hits, differences } = await agreementOf(history, readRules());
    expect(differences).toEqual([]);
    // 4,400 hashes.
    expect(
      refused.filter((rule) => !rule.startsWith('rules/windows/driver_load/driver_load_win_vuln_drivers.yml ')),
    ).toEqual([]);
    expect(rules).toBeGreaterThanOrEqual(leastRules);
    expect(hits).toBeGreaterThanOrEqual(leastHits);
  });
});
