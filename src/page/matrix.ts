import { type Html, html } from './html.ts';
import { name } from './parts.ts';

export interface Matrix {
  /** Over the rows, which are the truth, and over the columns, which are the answers. */
  readonly truth: string;
  readonly answer: string;
  readonly rows: readonly { readonly sign: string; readonly name: string }[];
  /** Only the sign is seen; the name is read to those who cannot see. */
  readonly columns: readonly { readonly sign: string; readonly name: string }[];
  readonly counts: readonly (readonly number[])[];
  /** What shows when the pointer rests on a field. */
  readonly title: (count: number, truth: number, answer: number) => string;
  /** What stands in a field; `share` is that of its row, 0 … 1. */
  readonly write: (count: number, share: number, truth: number, answer: number) => string;
}

/** What was taken for what: right answers, on the diagonal, in green; the redder another field, the more of its row went there. */
export function matrix({ truth, answer, rows, columns, counts, title, write }: Matrix): Html {
  const body = counts.map((row, t) => {
    const sum = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, p) => {
      const share = sum > 0 ? count / sum : 0;
      const kind = p === t ? 'hit' : 'miss';
      const style = count > 0 ? `background:${tint(share, kind)}` : '';
      return html`<td class="${kind}${count === 0 && ' zero'}" style="${style}" title="${title(count, t, p)}">${write(count, share, t, p)}</td>`;
    });
    const { sign, name: label } = rows[t]!;
    return html`<tr><th scope="row"><span class="number">${sign}</span> ${name(label)}</th>${cells}</tr>`;
  });
  const heads = columns.map(
    ({ sign, name: label }) =>
      html`<th scope="col" title="${label}"><span class="number">${sign}</span><span class="hidden">${label}</span></th>`,
  );
  return html`<table class="matrix"><thead><tr><td></td><th scope="colgroup" colspan="${columns.length}">${answer}</th></tr>
<tr><th scope="col">${truth}</th>${heads}</tr></thead><tbody>${body}</tbody></table>`;
}

const colours = { hit: [96, 184, 143], miss: [238, 120, 92] } as const;

/** White to the kind's colour; light enough for dark text at its strongest, and a single mistake still visible. */
function tint(share: number, kind: keyof typeof colours): string {
  const strength = kind === 'hit' ? share : Math.min(1, 0.18 + share * 2);
  const mix = colours[kind].map((c) => Math.round(255 + (c - 255) * strength));
  return `rgb(${mix.join(',')})`;
}
