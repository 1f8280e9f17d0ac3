import { type ExitsRecord, judged } from '../../exits/record.ts';
import { type Content, type Html, html } from '../../page/html.ts';
import { name } from '../../page/parts.ts';
import type { OtherSet } from '../input.ts';
import { fastestSingle } from '../plain.ts';
import type { Context } from './context.ts';

/** What a reader with half a minute takes away: one sentence, four numbers. */
export function head(context: Context): Html {
  const { input, words, page, format } = context;
  const { run, evaluation } = input;
  const w = words.head;
  const lead = [page.lead(run.classes.length, run.images.train)];
  if (evaluation) lead.push(w.tested(evaluation.images, evaluation.split));
  const others = (input.others ?? []).slice(0, OTHERS).map((o) => elsewhere(o, context));
  return html`<header>
${marquetry()}
<p class="kind">${page.kind}<span class="when">${format.date(run.created)}</span></p>
<h1>${name(run.name)}</h1>
<p class="lead">${lead.join(words.space)}</p>
${
  evaluation
    ? html`<p class="hero">${page.hero(evaluation)}</p>
<p class="measured">${page.measured(evaluation)}</p>`
    : html`<p class="hero">${w.heroNone}</p>`
}
${evaluation && early(context)}
${others}
${cards(context)}
</header>`;
}

/** How many other folders are told of here. */
const OTHERS = 6;

/** What was found on a folder of pictures that is no part of what the model was made from. */
function elsewhere({ name: folder, evaluation: e, trainedOn, missing }: OtherSet, { words, page }: Context): Html {
  const w = words.head;
  const sentences = [w.elsewhere(e.images, folder), page.measured(e)];
  if (missing.length > 0) sentences.push(w.elsewhereMissing(missing));
  if (trainedOn) sentences.push(w.elsewhereTrained(trainedOn));
  return html`<p class="measured">${sentences.join(words.space)}</p>`;
}

/** What eval.json judges is the network run to its end; what is used may leave early. */
function early({ input, words, format }: Context): Content {
  const record = input.exits?.record;
  if (!record) return undefined;
  const { images, policy } = judged(record).report;
  const right = Math.round(policy.accuracy * images);
  const accuracy = format.percent(policy.accuracy);
  return html`<p class="measured">${words.exits.head(right, images, accuracy, ratioOf(record))}</p>`;
}

/** How many times faster images are that may leave early. */
function ratioOf(record: ExitsRecord): number {
  const { whole, parts } = judged(record).report.measured;
  return whole.mean / parts.mean;
}

function cards({ input, words, page, format }: Context): Html {
  const { evaluation, benchmark, bundleBytes } = input;
  const w = words.head;
  const record = input.exits?.record;
  const card = (title: string, value: string | undefined, note: Content, instead: string, more?: Content) =>
    html`<div class="card${!value && ' empty'}"><dt>${title}</dt><dd><strong>${value ?? '–'}</strong><span>${value ? note : instead}</span>${value && more && html`<span>${more}</span>`}</dd></div>`;
  const told = evaluation && page.card(evaluation);
  const accuracy = card(
    page.cardTitle,
    told?.value,
    told?.note,
    w.notMeasured,
    record && words.exits.cardAccuracy(format.percent(judged(record).report.policy.accuracy)),
  );
  const latency = benchmark && fastestSingle(benchmark);
  const reading = benchmark?.preprocessMs ?? undefined;
  const time = card(
    w.time,
    latency && format.ms(latency.p50 + (reading ?? 0)),
    latency &&
      (reading === undefined ? w.timeModel(latency.threads) : w.timeParts(format.ms(latency.p50), format.ms(reading))),
    w.notMeasured,
    // How much faster it is on another PC is not known.
    record && benchmark?.machine.cpu === record.machine.cpu && words.exits.cardTime(ratioOf(record)),
  );
  const cost = benchmark?.cost;
  const million = card(
    w.million,
    cost && format.money(cost.energyCostPerMillion, cost.currency),
    cost && w.millionHow(format.duration(cost.secondsPerMillion)),
    w.notMeasured,
  );
  const size = card(
    w.size,
    bundleBytes === undefined ? undefined : format.bytes(bundleBytes),
    w.sizeHow,
    w.notExported,
  );
  return html`<dl class="cards">${[accuracy, time, million, size]}</dl>`;
}

/** The strip of inlaid rhombi that gives the project its name. */
function marquetry(): Html {
  return html`<svg class="yosegi" aria-hidden="true" focusable="false" width="100%" height="14"><defs><pattern id="yosegi" width="28" height="14" patternUnits="userSpaceOnUse"><rect width="28" height="14" fill="#e9d3b0"/><path d="M0 0 14 0 7 14z" fill="#8a5a34"/><path d="M14 0 28 0 21 14z" fill="#c48f56"/><path d="M7 14 14 0 14 14z" fill="#5d3a20"/><path d="M21 14 28 0 28 14z" fill="#a8723f"/></pattern></defs><rect width="100%" height="14" fill="url(#yosegi)"/></svg>`;
}
