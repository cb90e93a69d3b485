// One line of CSV: quotes as in RFC 4180, and lazily, a quote inside an unquoted value being a character like others.

export function splitCsv(line: string, delimiter: string): string[] {
  const values: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const [value, next] = quotedValue(line, at + 1, delimiter);
      values.push(value);
      at = next;
    } else {
      const next = line.indexOf(delimiter, at);
      values.push(line.slice(at, next < 0 ? line.length : next));
      at = next < 0 ? line.length : next;
    }
    if (at >= line.length) return values;
    at += delimiter.length;
    if (at === line.length) {
      values.push('');
      return values;
    }
  }
}

/** The value that opened before `from`, and where its delimiter or the end of the line is. */
function quotedValue(line: string, from: number, delimiter: string): [string, number] {
  let value = '';
  let at = from;
  for (;;) {
    const close = line.indexOf('"', at);
    if (close < 0) return [value + line.slice(at), line.length];
    value += line.slice(at, close);
    if (line[close + 1] === '"') {
      value += '"';
      at = close + 2;
      continue;
    }
    const next = line.indexOf(delimiter, close + 1);
    const end = next < 0 ? line.length : next;
    return [value + line.slice(close + 1, end), end];
  }
}
