import { formatFor, type Lang } from '../../../page/format.ts';
import { type Html, html, prose } from '../../../page/html.ts';
import { missing, scrolling } from '../../../page/parts.ts';
import { COPYING } from '../../making.ts';
import type { TaskPage } from '../../page.ts';
import type { GenerateEvaluation } from '../evaluation.ts';
import { generateWords } from './words/words.ts';

/** What a page says about a network that makes pictures. */
export function generatePage(lang: Lang): TaskPage<GenerateEvaluation> {
  const format = formatFor(lang);
  const { percent, decimal } = format;
  const words = generateWords[lang](format);
  const table = (title: string, head: readonly string[], rows: readonly (readonly string[])[]): Html =>
    scrolling(
      title,
      html`<table>${head.length > 0 ? html`<thead><tr>${head.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead>` : ''}
<tbody>${rows.map(([first, ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((c) => html`<td>${c}</td>`)}</tr>`)}</tbody></table>`,
    );
  return {
    kind: words.kind,
    lead: words.lead,
    hero: ({ made }) => words.hero(made && percent(made.copies)),
    measured: ({ images, loss }) => words.measured(images, decimal(loss, 3)),
    cardTitle: words.cardTitle,
    card: ({ loss }) => ({ value: decimal(loss, 3), note: words.cardNote }),
    files: ({ made }) => made?.nearest.map(({ file }) => file) ?? [],
    sections: [
      {
        id: 'times',
        title: words.times.title,
        content: ({ times, told }) => [
          ...(told ? [html`<p>${prose(words.told(percent(told.share), told.pictures, told.among))}</p>`] : []),
          html`<p>${prose(words.times.intro)}</p>`,
          table(
            words.times.title,
            [words.times.time, words.times.loss],
            times.map((t) => [decimal(t.time, 1), decimal(t.loss, 3)]),
          ),
        ],
      },
      {
        id: 'made',
        title: words.made.title,
        content: ({ made }) => {
          const w = words.made;
          if (!made) return missing(w.none);
          const rows = [
            [made.fid ? w.fid : w.frechet, decimal(made.frechet, 2)],
            [w.real, decimal(made.frechetReal, 2)],
            [w.precision, percent(made.precision)],
            [w.recall, percent(made.recall)],
            [w.coverage, percent(made.coverage)],
            [w.copies, percent(made.copies)],
            [w.copiesReal, percent(made.copiesReal)],
          ];
          return [
            html`<p>${prose(w.intro(made.pictures, made.features))}${made.real ? prose(w.beside(made.real.pictures, made.real.ofValidation)) : ''}</p>`,
            table(w.title, [], rows),
          ];
        },
      },
    ],
    findings: ({ evaluation }) => {
      const { made, told } = evaluation ?? {};
      const copying =
        made && made.copies - made.copiesReal > COPYING
          ? [
              {
                ...words.copying(percent(made.copies), percent(made.copiesReal)),
                ...({ kind: 'copying', level: 'act' } as const),
              },
            ]
          : [];
      // Not clearly oftener right than by chance.
      const deaf =
        told && told.share < 2 / told.among
          ? [
              {
                ...words.deaf(percent(told.share), percent(1 / told.among)),
                ...({ kind: 'deaf', level: 'careful' } as const),
              },
            ]
          : [];
      return [...copying, ...deaf];
    },
    nothing: words.nothing,
    next: () => ({ first: [words.next], last: [] }),
    learning: {
      figure: 'loss',
      share: false,
      title: words.curve,
      summary: (epochs, best, value) => words.summary(epochs, best, decimal(value, 3)),
    },
    terms: [],
  };
}
