import { byScore, type Matched } from './match.ts';

/** What happens when detections from this score on are believed. */
export interface OperatingPoint {
  readonly score: number;
  /** Share of the things that are not found; 0 where there are none. */
  readonly missed: number;
  /** False alarms a picture, on average. */
  readonly falseAlarms: number;
  /** Of what is believed, the share that is right; 1 where nothing is. */
  readonly precision: number;
}

/** The points at every score that occurs, from the highest down, by the first threshold of overlap. */
export function operatingPoints(matched: readonly Matched[], pictures: number): OperatingPoint[] {
  const wanted = matched.reduce((sum, m) => sum + m.wanted, 0);
  const [scores, hits, ignored] = (['scores', 'hits', 'ignored'] as const).map((part) =>
    matched.flatMap((m) => m[part]),
  ) as [number[], number[], number[]];
  const points: OperatingPoint[] = [];
  let right = 0;
  let wrong = 0;
  const order = byScore(scores);
  order.forEach((i, k) => {
    if (hits[i]! & 1) right++;
    else if (!(ignored[i]! & 1)) wrong++;
    if (scores[order[k + 1] ?? -1] === scores[i]) return;
    points.push({
      score: scores[i]!,
      missed: wanted > 0 ? 1 - right / wanted : 0,
      falseAlarms: wrong / Math.max(1, pictures),
      precision: right + wrong > 0 ? right / (right + wrong) : 1,
    });
  });
  return points;
}

/** What is asked of a threshold: at most this share missed, or at most so many false alarms a picture. */
export type Wish = { readonly missed: number } | { readonly falseAlarms: number };

/**
 * The point that fulfils the wish at the least cost of the other kind: of those that miss few enough, the one with the highest score; of those
 * with few enough false alarms, the one that misses least. Null where none does.
 */
export function pointFor(points: readonly OperatingPoint[], wish: Wish): OperatingPoint | null {
  if ('missed' in wish) return points.find((p) => p.missed <= wish.missed + 1e-12) ?? null;
  return points.findLast((p) => p.falseAlarms <= wish.falseAlarms + 1e-12) ?? null;
}
