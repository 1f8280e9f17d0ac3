import { type Content, type Html, html } from '../../page/html.ts';
import { name, section } from '../../page/parts.ts';
import type { Context } from './context.ts';

/** What is needed to make the model again. */
export function made({ input, words, format }: Context): Html {
  const w = words.made;
  const { run, benchmark } = input;
  const [height, width] = run.preprocessing.size;
  const facts: (readonly [string, Content])[] = [
    [w.name, name(run.name)],
    [w.model, name(run.model)],
    ...(run.classes.length > 0 ? ([[w.classes, format.count(run.classes.length)]] as const) : []),
    [w.parameters, format.large(run.parameters)],
    [w.macs, format.large(run.macs)],
    [w.input, w.inputOf(height, width, run.latents ? 3 : run.channels)],
    [w.folder, name(run.data)],
    [w.created, format.date(run.created)],
    [w.version, run.yosegi],
  ];
  if (benchmark) {
    const { machine } = benchmark;
    facts.push([w.runtime, `${machine.runtime}, Node ${machine.node.replace(/^v/, '')}`]);
    facts.push([w.machine, `${machine.cpu}, ${machine.os}`]);
  }
  return section(
    'made',
    w.title,
    html`<dl class="made">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`,
    settings(w.options, run.options),
    Object.keys(run.overrides).length > 0 && settings(w.changes, run.overrides),
  );
}

function settings(title: string, values: Readonly<Record<string, unknown>>): Html {
  const pairs = flat(values).map(([key, text]) => html`<li><code>${key}: ${text}</code></li>`);
  return html`<h3>${title}</h3><ul class="settings">${pairs}</ul>`;
}

/** Nested settings as pairs such as `mix.alpha: 0.2`; the group `train` goes without saying. */
function flat(values: object, prefix = ''): [string, string][] {
  return Object.entries(values).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return flat(value, prefix === '' && key === 'train' ? '' : `${prefix}${key}.`);
    }
    if (value === null || value === undefined) return [];
    // 0.1 + 0.2 and 4 / 3 are written as a person would.
    const text = JSON.stringify(value, (_, v) => (typeof v === 'number' ? Number(v.toPrecision(6)) : v));
    return [[prefix + key, typeof value === 'string' ? value : text]];
  });
}
