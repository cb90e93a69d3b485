// A YAML stream of several documents, taken apart before it is read: one that is broken then spoils no other.

/** Each with as many line ends before it that its lines keep their numbers. */
export function splitDocuments(text: string): readonly string[] {
  const documents: string[] = [];
  let lines: string[] = [];
  let before = 0;
  const end = (next: number): void => {
    if (lines.some((line) => /^\s*[^\s#]/.test(line))) documents.push('\n'.repeat(before) + lines.join('\n'));
    lines = [];
    before = next;
  };
  for (const [number, line] of text.split('\n').entries()) {
    // `---` at the start of a line ends a document wherever it stands (YAML 1.2.2, 9.1.2).
    if (/^---(?:\s|$)/.test(line)) {
      end(number);
      lines.push(`   ${line.slice(3)}`);
    } else if (/^\.\.\.\s*$/.test(line)) end(number + 1);
    else lines.push(line);
  }
  end(0);
  return documents;
}
