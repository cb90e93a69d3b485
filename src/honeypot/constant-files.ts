// Files that every honeypot sees and that nobody needs to be asked about, with what VirusTotal says of them.

import type { Analyze } from '../core/analysis.ts';

const lineEnd = '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b';

/** A line end: `echo > /etc/hosts.deny` leaves one. As of 2023-05. */
const virustotalSays: ReadonlyMap<string, Readonly<Record<string, string | number>>> = new Map([
  [lineEnd, { type_description: 'JavaScript', first_submission_date: 1_236_235_538, malicious: 0 }],
]);

/** As `analyze`, which does not ask about such files. */
export function withConstantFiles(analyze: Analyze): Analyze {
  return async (analyzer, observable, priority) => {
    const analysis = await analyze(analyzer, observable, priority);
    const facts = virustotalSays.get(observable.value.toLowerCase());
    const isUnasked = analyzer === 'virustotal' && analysis.state === 'skipped' && facts !== undefined;
    return isUnasked ? { ...analysis, state: 'hit', message: 'known without asking: a line end', facts } : analysis;
  };
}
