// Severity of a detection, a signal and an alert: Panther's five names, in upper case.

export const severities = ['INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof severities)[number];

/** 'high', 'High' and 'HIGH' are HIGH; anything that is no severity is undefined. */
export function parseSeverity(text: unknown): Severity | undefined {
  if (typeof text !== 'string') return undefined;
  const upper = text.toUpperCase();
  return severities.find((severity) => severity === upper);
}
