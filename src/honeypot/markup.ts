// HTML that cannot forget to escape: what is put into a template is text, unless it is HTML made here.

export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | readonly Markup[];

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { html: texts.map((text, index) => `${text}${partText(parts[index])}`).join('') };
}

function partText(part: Part | undefined): string {
  if (part === undefined) return '';
  if (typeof part !== 'object') return escaped(String(part));
  return 'html' in part ? part.html : part.map((each) => each.html).join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
