/** A column: its heading and on which side its cells stand. */
export interface Column {
  readonly head: string;
  readonly align: 'left' | 'right';
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many terminal cells `text` takes: Chinese, Japanese and Korean characters take two, combining marks none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** `text` without what could steer a terminal (escape sequences, line breaks, direction marks): a file may have any name. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** `text` filled with spaces to `width` cells, or cut with an ellipsis in its middle so that both ends stay readable. */
export function fitted(text: string, width: number, align: Column['align'] = 'left'): string {
  let out = plain(text);
  if (widthOf(out) > width) {
    const [head, tail] = [[...out], [] as string[]];
    tail.push(...head.splice(Math.ceil(head.length / 2)));
    while (widthOf(head.join('')) + widthOf(tail.join('')) + 1 > width && head.length + tail.length > 0) {
      if (head.length >= tail.length) head.pop();
      else tail.shift();
    }
    out = width > 0 ? `${head.join('')}…${tail.join('')}` : '';
  }
  const space = ' '.repeat(Math.max(0, width - widthOf(out)));
  return align === 'left' ? out + space : space + out;
}

/** Lines of a table with its columns aligned, two spaces between them; cells wider than `maxCell` are cut. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], maxCell = 40): string[] {
  const widths = columns.map(({ head }, i) =>
    Math.min(maxCell, Math.max(widthOf(plain(head)), ...rows.map((row) => widthOf(plain(row[i] ?? ''))))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, i) => fitted(cells[i] ?? '', widths[i]!, align))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ head }) => head)), ...rows.map(line)];
}
