import { type Content, type Html, html } from '../../page/html.ts';
import { missing, name, scrolling, section } from '../../page/parts.ts';
import { type DataSummary, duplicateFacts, measuredSplit } from '../data-summary.ts';
import type { Context } from './context.ts';

const MOST_CLASSES = 100;
const MOST_FILES = 30;
const MOST_GROUPS = 20;
const splits = ['train', 'val', 'test'] as const;

/** What the model was made from: counts, broken files, duplicates. */
export function data(context: Context): Html {
  const { input, words } = context;
  const w = words.data;
  const { dataSummary, run } = input;
  return section(
    'data',
    w.title,
    html`<p class="intro">${w.roles}</p>`,
    dataSummary && dataSummary.classes.length > 0 ? counts(dataSummary, context) : totals(context),
    !dataSummary && missing(words.missing.summary),
    run.problems.length === 0
      ? html`<p>${w.sound}</p>`
      : files(
          w.broken(run.problems.length),
          w.reason,
          run.problems.map(({ file, reason }) => [file, w.reasonOf(reason)]),
          context,
        ),
    dataSummary && duplicates(dataSummary, context),
    dataSummary &&
      dataSummary.notes.length > 0 &&
      files(
        w.notes,
        w.note,
        dataSummary.notes.map(({ file, note }) => [file, note]),
        context,
      ),
  );
}

function totals({ input, words, format }: Context): Html {
  const w = words.data;
  const { images } = input.run;
  return html`<table class="facts"><tbody>${splits.map((s) => html`<tr><th scope="row">${w[s]}</th><td class="n">${format.count(images[s])}</td></tr>`)}</tbody></table>`;
}

/** How many pictures show each class; one picture may show several, or none. */
function counts({ classes }: DataSummary, { input, words, format }: Context): Html {
  const w = words.data;
  const all = classes.map((c) => c.train + c.val + c.test);
  const most = Math.max(...all, 1);
  const cell = (n: number) => html`<td class="n">${format.count(n)}</td>`;
  const rows = classes.slice(0, MOST_CLASSES).map((c, i) => {
    const bar = html`<span class="bar" aria-hidden="true"><i style="width:${((all[i]! / most) * 100).toFixed(1)}%"></i></span>`;
    return html`<tr><th scope="row">${name(c.name)}</th>${splits.map((s) => cell(c[s]))}<td class="share">${format.count(all[i]!)}${bar}</td></tr>`;
  });
  const more = classes.length > MOST_CLASSES && html`<p>${words.more(classes.length - MOST_CLASSES)}</p>`;
  const heads = splits.map((s) => html`<th scope="col" class="n">${w[s]}</th>`);
  const { images } = input.run;
  const totals = splits.map((s) => cell(images[s]));
  return html`${scrolling(
    w.title,
    html`<table class="counts"><thead><tr><th scope="col">${w.class}</th>${heads}<th scope="col" class="n">${w.all}</th></tr></thead>
<tbody>${rows}</tbody><tfoot><tr><th scope="row">${w.total}</th>${totals}<td class="share">${format.count(images.train + images.val + images.test)}</td></tr></tfoot></table>`,
  )}${more}`;
}

function files(title: string, head: string, rows: readonly (readonly [string, string])[], context: Context): Html {
  const { words } = context;
  const shown = rows
    .slice(0, MOST_FILES)
    .map(([file, text]) => html`<tr><th scope="row" class="path">${name(file)}</th><td>${text}</td></tr>`);
  const more = rows.length > MOST_FILES && html`<p>${words.more(rows.length - MOST_FILES)}</p>`;
  const table = html`<table><thead><tr><th scope="col">${words.data.file}</th><th scope="col">${head}</th></tr></thead><tbody>${shown}</tbody></table>`;
  return html`<h3>${title}</h3>${scrolling(title, table)}${more}`;
}

function duplicates(summary: DataSummary, { input, words }: Context): Content {
  const w = words.data;
  const { extra, leaks, conflicts } = duplicateFacts(summary, measuredSplit(input.run, input.evaluation));
  const { groups: all } = summary.duplicates;
  const groups = all.length;
  const sentence = html`<p>${w.duplicates(groups, extra)}${groups > 0 && leaks.length === 0 && [words.space, w.harmless]}</p>`;
  if (groups === 0) return sentence;
  // What falsifies the result or the labels comes first.
  const serious = new Set([...leaks, ...conflicts]);
  const ordered = [...serious, ...all.filter((group) => !serious.has(group))];
  const rows = ordered.slice(0, MOST_GROUPS).map((group) => {
    const members = group.items.map(({ path, split }) => html`<span>${name(path)} <small>${w[split]}</small></span>`);
    return html`<li class="${serious.has(group) && 'wrong'}">${members}</li>`;
  });
  const more = ordered.length > MOST_GROUPS && html`<p>${words.more(ordered.length - MOST_GROUPS)}</p>`;
  return html`<h3>${w.copies}</h3>${sentence}<ul class="copies">${rows}</ul>${more}`;
}
