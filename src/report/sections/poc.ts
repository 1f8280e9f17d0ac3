import { type Html, html } from '../../page/html.ts';
import { name, scrolling, section } from '../../page/parts.ts';
import type { Candidate } from '../../poc/candidate.ts';
import { standardError } from '../../poc/rounds.ts';
import type { PocStory } from '../../poc/story.ts';
import type { Context } from './context.ts';

/** What a proof of concept tried, and why it recommends what it does; nothing where the run was trained by hand. */
export function poc(context: Context): Html {
  const { input, words, format } = context;
  const { poc: story } = input;
  if (!story) return html``;
  const w = words.poc;
  const { record, rows, chosen, finalists, trainings, seconds } = story;
  const value = (v: number) => (record.figure.share ? format.percent(v) : format.decimal(v, 3));
  const best = Math.max(...finalists.map((t) => t.value));
  const least = best - standardError(best, record.validated);
  const inTheEnd = new Set(finalists.map((t) => t.candidate));
  const became = ({ candidate, last }: PocStory['rows'][number]) => {
    if (candidate.name === chosen.candidate) return html`<strong>${w.chosen}</strong>`;
    if (last?.value == null) return w.refused(last?.refused ?? '');
    if (last.value < least) return w.behind;
    return inTheEnd.has(candidate.name) ? w.asGood : w.early;
  };
  const drawn = rows.map((row) => {
    const { candidate, last } = row;
    return html`<tr><th scope="row">${w.ways[candidate.way]}<br><small>${name(candidate.name)}</small></th><td class="n">${sideOf(candidate)}</td><td class="n">${last && last.value !== null ? w.epochsOf(last.epochs) : '–'}</td><td class="n">${last?.value == null ? '–' : value(last.value)}</td><td class="n">${last?.ms == null ? '–' : format.ms(last.ms)}</td><td>${became(row)}</td></tr>`;
  });
  return section(
    'poc',
    w.title,
    html`<p class="intro">${[
      w.intro(rows.length, trainings, format.duration(seconds), record.machine),
      w.why(chosen.candidate, value(chosen.value), format.ms(chosen.ms), value(best), record.validated),
      ...(record.ms === null ? [] : [w.limit(format.ms(record.ms))]),
    ].join(words.space)}</p>`,
    scrolling(
      w.title,
      html`<table><thead><tr><th scope="col">${w.way}</th><th scope="col" class="n">${w.size}</th><th scope="col" class="n">${w.epochs}</th><th scope="col" class="n">${w.validated}</th><th scope="col" class="n">${w.time}</th><th scope="col">${w.came}</th></tr></thead><tbody>${drawn}</tbody></table>`,
    ),
  );
}

const sideOf = ({ options: { size } }: Candidate) => (size === undefined ? '' : `${size}×${size}`);
