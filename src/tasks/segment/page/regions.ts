import { type Content, html } from '../../../page/html.ts';
import { missing } from '../../../page/parts.ts';
import { wilson } from '../../interval.ts';
import { sizes } from '../../places/page/sizes.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import type { SegmentContext } from './context.ts';

/** Connected regions: how many were found, how many missed altogether, how large those are; and how many were seen where nothing is. */
export function regions(e: SegmentEvaluation, context: SegmentContext): Content {
  const w = context.words.regions;
  const { found, missed, foundPixels, missedPixels, falseAlarms } = e.regions;
  if (found + missed === 0) return missing(w.nothing);
  const { percent } = context.format;
  const { low, high } = wilson(found, found + missed);
  const told = [
    w.found(found, found + missed, percent(low, 0), percent(high, 0)),
    w.alarms(falseAlarms, e.images),
  ].join(context.shared.space);
  return [
    html`<p class="intro">${w.intro}</p>`,
    html`<p class="told">${told}</p>`,
    sizes({ missed: missedPixels, all: [...foundPixels, ...missedPixels] }, context),
  ];
}
