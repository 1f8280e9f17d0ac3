import { fitted, plain, widthOf } from './cells.ts';

export interface TableOptions {
  /** Columns of words, which begin at one place; all others are numbers and end at one. The first alone if not given. */
  readonly left?: readonly number[];
  /** Cells wider than this are cut in their middle. */
  readonly widest?: number;
}

/** Rows as aligned columns for the terminal, two spaces between them; a heading is a row like the others. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  return pagedTable(options)(rows);
}

/**
 * A table that is printed as its rows come: each call gives the lines of the next rows. Columns are as wide as all rows so far ask
 * for: later pages can be wider than earlier ones, never narrower.
 */
export function pagedTable(options: TableOptions = {}): (rows: readonly (readonly string[])[]) => string {
  const { left = [0], widest = Number.POSITIVE_INFINITY } = options;
  const widths: number[] = [];
  const line = (row: readonly string[]) =>
    row.map((cell, i) => fitted(cell, widths[i]!, left.includes(i) ? 'left' : 'right')).join('  ');
  return (rows) => {
    for (const row of rows) {
      row.forEach((cell, i) => {
        widths[i] = Math.min(widest, Math.max(widths[i] ?? 0, widthOf(plain(cell))));
      });
    }
    return rows.map((row) => line(row).trimEnd()).join('\n');
  };
}

/** A Markdown table whose columns are aligned in the text too; the first row is its heading, columns but those in `left` are numbers. */
export function markdownTable(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string {
  const widths = rows[0]!.map((_, i) => Math.max(3, ...rows.map((row) => widthOf(row[i]!))));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => pad(cell, widths[i]!, left.includes(i))).join(' | ')} |`;
  const rule = widths.map((w, i) => (left.includes(i) ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`));
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join('\n');
}

function pad(cell: string, width: number, left: boolean): string {
  const space = ' '.repeat(width - widthOf(cell));
  return left ? cell + space : space + cell;
}
