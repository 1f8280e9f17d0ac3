import { formatFor, type Lang } from '../../../page/format.ts';
import { html, prose } from '../../../page/html.ts';
import { scrolling } from '../../../page/parts.ts';
import type { TaskPage } from '../../page.ts';
import type { DistillEvaluation } from '../evaluation.ts';
import { distillWords } from './words/words.ts';

/** What a page says about a network that was taught by another. */
export function distillPage(lang: Lang): TaskPage<DistillEvaluation> {
  const format = formatFor(lang);
  const { percent } = format;
  const words = distillWords[lang](format);
  const w = words.parts;
  return {
    kind: words.kind,
    lead: (_, train) => words.lead(train),
    hero: ({ explained }) => words.hero(percent(explained)),
    measured: ({ images, explained }) => words.measured(images, percent(explained)),
    cardTitle: words.cardTitle,
    card: ({ explained }) => ({ value: percent(explained), note: words.cardNote }),
    files: () => [],
    sections: [
      {
        id: 'parts',
        title: w.title,
        content: ({ parts, agreement }) => {
          const rows = Object.entries(parts).map(([name, share]) => [name, percent(share)]);
          if (agreement !== undefined) rows.push([w.agreement, percent(agreement)]);
          return [
            html`<p>${prose(w.intro)}</p>`,
            scrolling(
              w.title,
              html`<table><thead><tr><th scope="col">${w.part}</th><th scope="col">${w.explained}</th></tr></thead>
<tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`,
            ),
          ];
        },
      },
    ],
    findings: () => [],
    nothing: words.nothing,
    next: () => ({ first: [words.next], last: [] }),
    learning: {
      figure: 'explained',
      share: true,
      title: words.curve,
      summary: (epochs, best, value) => words.summary(epochs, best, percent(value)),
    },
    terms: [],
  };
}
