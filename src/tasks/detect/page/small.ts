import { type Content, html } from '../../../page/html.ts';
import { missing } from '../../../page/parts.ts';
import { sizes } from '../../places/page/sizes.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import type { DetectContext } from './context.ts';

/** How much is missed of what is small and of what is large. */
export function small(e: DetectEvaluation, context: DetectContext): Content {
  const w = context.words.small;
  if (e.areas.all.length === 0) return missing(w.nothing);
  return [html`<p class="intro">${w.intro}</p>`, sizes(e.areas, context)];
}
