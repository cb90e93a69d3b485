// What Sigma's documents, our correlations and our queries say of themselves, and the detection that it makes. It must not
// know what they look for.

import { z } from 'zod';
import type { Detection } from '../../core/detection.ts';
import type { Severity } from '../../core/severity.ts';
import { detectionId, limits, limitText } from '../limit.ts';
import { siemShape } from '../siem-block.ts';
import { techniquesOf } from './technique.ts';

const levels = {
  informational: 'INFO',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'CRITICAL',
} as const satisfies Readonly<Record<string, Severity>>;

export const level = z.enum(Object.keys(levels) as (keyof typeof levels)[]).transform((name): Severity => levels[name]);
export const status = z.enum(['stable', 'test', 'experimental', 'deprecated', 'unsupported']);
export const title = z.string().min(1).max(256);
export const texts = z.array(z.string().max(2000)).max(200);
export const references = z
  .union([z.string(), texts])
  .transform((value) => (typeof value === 'string' ? [value] : value));

/** Sigma's keys; other documents make stricter ones of the same parts. */
export const aboutShape = {
  title,
  id: detectionId.nullish(),
  /** By which correlations call it. */
  name: detectionId.nullish(),
  status: status.nullish(),
  description: z.string().nullish(),
  author: z.string().nullish(),
  references: references.nullish(),
  tags: texts.nullish(),
  fields: texts.nullish(),
  level: level.nullish(),
  siem: siemShape.prefault({}),
};

export type About = Omit<z.infer<z.ZodObject<typeof aboutShape>>, 'author' | 'fields'>;

export function detectionOf(about: About, own: Pick<Detection, 'language' | 'file' | 'logTypes'>): Detection {
  const { siem } = about;
  const tags = about.tags ?? [];
  const techniques = techniquesOf(tags);
  const isRetired = about.status === 'deprecated' || about.status === 'unsupported';
  return {
    id: about.id ?? about.name ?? about.title.replaceAll(/[<>&"%]/g, ' ').slice(0, 200),
    ...own,
    enabled: siem.enabled && !isRetired,
    displayName: about.title,
    description: limitText(about.description ?? ''),
    severity: about.level ?? 'LOW',
    dedupPeriodMinutes: 60,
    threshold: 1,
    createAlert: siem.alert !== false && about.level !== 'INFO',
    runbook: limitText(siem.runbook ?? ''),
    reference: limitText((about.references ?? []).join('\n')),
    destinations: (siem.destinations ?? []).slice(0, limits.destinations),
    tags,
    reports: techniques.length > 0 ? { 'MITRE ATT&CK': techniques } : {},
    ...(siem.suppress !== undefined && {
      suppress: {
        forMs: siem.suppress.for * 1000,
        maxMs: (siem.suppress.backoff_max ?? siem.suppress.for) * 1000,
      },
    }),
    ...(siem.resolve_after !== undefined && { resolveAfterMs: siem.resolve_after * 1000 }),
  };
}
