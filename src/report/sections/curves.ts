import { lineChart, type Series } from '../../page/charts/lines.ts';
import { type Html, html } from '../../page/html.ts';
import { missing, section } from '../../page/parts.ts';
import type { Epoch } from '../../train/epoch.ts';
import { bestEpoch } from '../findings.ts';
import type { Context } from './context.ts';

/** The loss and the figure that the task is told by over the epochs, which the log counts from 0 and people from 1. */
export function curves({ input, words, page, format }: Context): Html {
  const w = words.curves;
  const { epochs } = input;
  if (epochs.length === 0) return section('curves', w.title, missing(words.missing.log));
  const best = bestEpoch(epochs);
  const chart = (
    title: string,
    limits: readonly [number, number],
    write: (value: number) => string,
    tick: (value: number) => string,
    values: Record<'train' | 'val', (e: Epoch) => number | undefined>,
  ) => {
    const series = (['train', 'val'] as const)
      .map((kind): Series => ({ name: w[kind], kind, points: pointsOf(epochs, values[kind]) }))
      .filter(({ points }) => points.length > 0);
    if (series.length === 0) return undefined;
    const told = series.map(({ name, points }) => w.describe(name, write(points[0]![1]), write(points.at(-1)![1])));
    return lineChart({
      title,
      label: `${title}. ${told.join('; ')}`,
      xTitle: w.epoch,
      series,
      format: tick,
      limits,
      marker:
        best && epochs.length > 1
          ? { x: best.epoch + 1, text: w.best(best.epoch + 1), end: limits[1] === 1 ? 'bottom' : 'top' }
          : undefined,
    });
  };
  const { learning } = page;
  type Scale = readonly [limits: readonly [number, number], write: (v: number) => string, tick: (v: number) => string];
  const numbers: Scale = [[0, Number.POSITIVE_INFINITY], (value) => format.decimal(value, 3), String];
  const percents: Scale = [[0, 1], format.percent, (t) => format.percent(t, 0)];
  const loss = chart(w.loss, ...numbers, {
    train: (e) => e.trainLoss,
    val: (e) => e.val?.loss,
  });
  const telling =
    learning &&
    chart(learning.title, ...(learning.share ? percents : numbers), {
      train: (e) => e.train[learning.figure],
      val: (e) => e.val?.[learning.figure],
    });
  const seconds = epochs.reduce((sum, e) => sum + e.seconds, 0);
  const kept = learning && best?.val?.[learning.figure];
  const facts = [
    best && typeof kept === 'number' && learning?.summary(epochs.length, best.epoch + 1, kept),
    w.total(format.duration(seconds)),
  ];
  return section(
    'curves',
    w.title,
    html`<p class="intro">${w.intro}</p>`,
    html`<div class="pair">${[telling, loss]}</div>`,
    html`<p>${facts.filter((fact) => typeof fact === 'string').join(words.space)}</p>`,
  );
}

function pointsOf(epochs: readonly Epoch[], of: (e: Epoch) => number | undefined): (readonly [number, number])[] {
  return epochs.flatMap((e) => {
    const value = of(e);
    return value === undefined ? [] : [[e.epoch + 1, value] as const];
  });
}
