import { type ExitExample, type ExitsRecord, judged, type Leavers } from '../../exits/record.ts';
import { type Html, html } from '../../page/html.ts';
import { missing, name } from '../../page/parts.ts';
import type { Context } from './context.ts';

/** For each exit some of the images that left there, as pictures. */
export function strips(context: Context, record: ExitsRecord): Html {
  const { input, words, folder } = context;
  const w = words.exits;
  const files = record.leavers.flatMap((l) => l.examples.map((e) => e.file));
  const found = files.length === 0 || files.some((file) => input.pictures.has(file));
  return html`<h3>${w.pictures}</h3><p>${w.picturesIntro}</p>
${!found && missing(words.pictures(folder))}
${record.leavers.map((leavers, k) => strip(context, record, leavers, k))}`;
}

function strip({ input, words, format }: Context, record: ExitsRecord, leavers: Leavers, k: number): Html {
  const w = words.exits;
  const { images } = judged(record).report;
  const exit = w.exit(k + 1, record.exits[k]!);
  const { left, wrong, lost, examples } = leavers;
  const counts = w.left(left, images, format.percent(left / images));
  const verdict = k === record.exits.length - 1 ? w.wrongAtEnd(wrong) : w.wrong(wrong, lost);
  const pictures = examples.map((e) => picture(e, exit, { input, words, format }));
  return html`<h4>${exit}<span>${counts}</span></h4>
<p>${left === 0 ? w.nobodyHere : verdict}</p>
${examples.length > 0 && html`<ul class="gallery strip">${pictures}</ul>`}`;
}

function picture(e: ExitExample, exit: string, { input, words, format }: Pick<Context, 'input' | 'words' | 'format'>) {
  const w = words.exits;
  const sure = e.passed.map((p) => format.percent(p, 0));
  const uri = input.pictures.get(e.file);
  // Nothing but a picture inside the page: an address would be fetched when the page is opened.
  const shown = uri?.startsWith('data:image/')
    ? html`<img src="${uri}" alt="${w.alt(e.truth, e.predicted, exit, sure.at(-1)!)}">`
    : html`<div class="no-picture">${words.picture}</div>`;
  const verdict = verdictOn(e);
  const bad = verdict === 'wrong' || verdict === 'lost';
  const fact = (term: string, value: string, kind = '') =>
    html`<div class="${kind}"><dt>${term}</dt><dd>${name(value)}</dd></div>`;
  return html`<li><figure>${shown}<figcaption><p class="verdict ${verdict}"><span>${w.verdict[verdict]}</span></p>
<dl>${fact(w.truth, e.truth)}${bad && fact(w.answer, e.predicted, 'wrong')}${e.end !== e.predicted && fact(w.end, e.end)}</dl>
<p class="passed">${w.passed} ${sure.slice(0, -1).map((p) => `${p} → `)}<b>${sure.at(-1)}</b></p>
<p class="file">${name(e.file)}</p></figcaption></figure></li>`;
}

function verdictOn({ truth, predicted, end }: ExitExample): 'right' | 'wrong' | 'lost' | 'gained' {
  if (predicted === truth) return end === truth ? 'right' : 'gained';
  return end === truth ? 'lost' : 'wrong';
}
