// The detection that a document of Panther's makes, with what its rules, scheduled rules and correlations say of themselves.

import type { z } from 'zod';
import type { Detection } from '../core/detection.ts';
import type { ruleShape } from './document-shape.ts';

type About = Pick<
  z.infer<typeof ruleShape>,
  | 'RuleID'
  | 'Enabled'
  | 'DisplayName'
  | 'Description'
  | 'Severity'
  | 'DedupPeriodMinutes'
  | 'Threshold'
  | 'CreateAlert'
  | 'Runbook'
  | 'Reference'
  | 'OutputIds'
  | 'Tags'
  | 'Reports'
>;

export function pantherDetection(about: About, own: Pick<Detection, 'language' | 'file' | 'logTypes'>): Detection {
  return {
    id: about.RuleID,
    ...own,
    enabled: about.Enabled,
    displayName: about.DisplayName ?? '',
    description: about.Description ?? '',
    severity: about.Severity,
    dedupPeriodMinutes: about.DedupPeriodMinutes,
    threshold: about.Threshold,
    createAlert: about.CreateAlert,
    runbook: about.Runbook ?? '',
    reference: about.Reference ?? '',
    destinations: about.OutputIds ?? [],
    tags: about.Tags ?? [],
    reports: about.Reports ?? {},
  };
}
