// The keys of Sigma's documents that mean something here. Sigma allows any others beside them.

import { z } from 'zod';
import { aboutShape, texts } from './about.ts';
import { logsourceShape } from './logsource.ts';

const selections = z.record(z.string(), z.unknown());

export const ruleShape = z.looseObject({ ...aboutShape, logsource: logsourceShape, detection: selections });

export const filterShape = z.looseObject({
  title: aboutShape.title,
  id: aboutShape.id,
  name: aboutShape.name,
  status: aboutShape.status,
  logsource: logsourceShape,
  filter: z
    .looseObject({
      /** Ids, names or titles of rules; `any`: all of the log source. */
      rules: z.union([z.literal('any'), texts.min(1)]).default('any'),
      condition: z.unknown(),
    })
    .transform(({ rules, ...rest }): { rules: 'any' | readonly string[]; selections: Record<string, unknown> } => ({
      rules,
      selections: rest,
    })),
});
