import { at } from '../../../page/charts/frame.ts';
import type { Format } from '../../../page/format.ts';
import { type Html, html } from '../../../page/html.ts';
import type { AnomalyEvaluation } from '../evaluation.ts';
import type { AnomalyWords } from './words/words.ts';

/** In units of the drawing. */
const [WIDTH, HEIGHT, LEFT, RIGHT] = [880, 150, 130, 20];
const ROWS = { good: 40, anomalous: 92 };
/** More dots of one kind are not told apart. */
const MOST = 300;
/** Dots beside each other in turns, so that equal scores are seen. */
const SHIFTS = [0, -8, 8, -4, 4];

/** Every picture's score as a dot, the good ones above the others, and the threshold as a line. */
export function scoreStrip(scores: AnomalyEvaluation['scores'], w: AnomalyWords['separation'], format: Format): Html {
  const top = Math.max(1.5, ...scores.good, ...scores.anomalous);
  const x = (score: number) => LEFT + (Math.max(0, score) / top) * (WIDTH - LEFT - RIGHT);
  const kinds = ['good', 'anomalous'] as const;
  const dots = kinds.map((kind) =>
    thinned(scores[kind]).map((score, i) => {
      const wrong = (kind === 'good') === score > 1;
      const y = ROWS[kind] + SHIFTS[i % SHIFTS.length]!;
      return html`<circle class="score ${wrong ? 'wrong' : 'right'}" cx="${at(x(score))}" cy="${y}" r="4"/>`;
    }),
  );
  const names = kinds.map((kind) => html`<text x="0" y="${ROWS[kind] + 5}">${w[kind]}</text>`);
  const line = x(1);
  const ends = [0, top].map(
    (score) =>
      html`<text x="${at(x(score))}" y="${HEIGHT - 14}" text-anchor="middle">${format.decimal(score, 1)}</text>`,
  );
  return html`<svg class="chart strip-chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${w.strip}">
<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${HEIGHT - 32}" y2="${HEIGHT - 32}"/>
<line class="flag" x1="${at(line)}" x2="${at(line)}" y1="10" y2="${HEIGHT - 32}"/>
${names}${dots}${ends}<text x="${at(line)}" y="${HEIGHT - 14}" text-anchor="middle">${w.threshold}</text></svg>`;
}

/** Evenly picked ones of a sorted list, the first and the last among them. */
function thinned(sorted: readonly number[]): readonly number[] {
  if (sorted.length <= MOST) return sorted;
  return Array.from({ length: MOST }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (MOST - 1))]!);
}
