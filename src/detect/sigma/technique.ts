// MITRE ATT&CK in Sigma's tags: `attack.t1059.001`.

/** `['T1059.001']`; other tags, tactics among them, are left out. */
export function techniquesOf(tags: readonly string[]): readonly string[] {
  const techniques = tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase() ?? []);
  return [...new Set(techniques)];
}
