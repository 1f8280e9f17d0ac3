/** Text that is HTML already. Only `html` and `prose` make it, so whatever else reaches the page has been escaped. */
export class Html {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** Fills a template, escaping every value that is not HTML. */
  static fill(strings: readonly string[], values: readonly Content[]): Html {
    return new Html(strings.reduce((out, part, i) => out + textOf(values[i - 1]) + part));
  }

  /** Text whose words in back quotes become code. */
  static prose(text: string): Html {
    return new Html(escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>'));
  }

  /** Style sheets that this program wrote itself: nothing from a file may get here. */
  static style(css: string): Html {
    return new Html(`<style>${css}</style>`);
  }
}

/** What can be put into a template: text is escaped, lists are joined, nothing is nothing. */
export type Content = string | number | Html | undefined | null | false | readonly Content[];

/** A template whose values are escaped unless they are HTML themselves; safe in text and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return Html.fill(strings, values);
}

/** A sentence; text in back quotes becomes code. */
export const prose = Html.prose;

function textOf(value: Content): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(textOf).join('');
  return escaped(String(value));
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Makes text harmless in HTML; control characters and those that turn the reading direction are replaced. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, (c) => (c === '\n' || c === '\t' ? c : '\ufffd'))
    .replace(/[&<>"']/g, (c) => entities[c]!);
}
