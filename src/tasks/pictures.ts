import { z } from 'zod';
import { auroc } from './auroc.ts';

/** A picture that shows something or not, and how sure the model is that it does. */
export interface ScoredPicture {
  readonly score: number;
  readonly truth: boolean;
}

/** Share of the pictures without anything that may be reported. */
const FALSE_ALARMS = 0.01;
const share = z.number().min(0).max(1).nullable();
const count = z.int().min(0);

/** `pictures` of an evaluation: does a picture show anything at all? Null where one kind of picture is missing. */
export const pictureFigures = z.object({
  /** Pictures that do, and that do not. */
  positive: count,
  negative: count,
  auroc: share,
  /** Score from which a picture is reported so that at most 1 % of the empty ones are; null where no score does that. */
  threshold: z.number().nullable(),
  missed: share,
  falseAlarms: share,
});
export type PictureFigures = z.infer<typeof pictureFigures>;

/** How well scores tell pictures that show something from those that do not. */
export function judgePictures(scored: readonly ScoredPicture[]): PictureFigures {
  const scores = (truth: boolean) => scored.flatMap((p) => (p.truth === truth ? [p.score] : []));
  const [bad, good] = [scores(true), scores(false)];
  const point = good.length > 0 ? pointWithin(picturePoints(scored), FALSE_ALARMS) : undefined;
  return {
    positive: bad.length,
    negative: good.length,
    auroc: bad.length > 0 && good.length > 0 ? auroc(bad, good) : null,
    threshold: point && Number.isFinite(point.score) ? point.score : null,
    missed: bad.length > 0 && point ? point.missed : null,
    falseAlarms: point?.falseAlarms ?? null,
  };
}

/** What happens when pictures from this score on are reported: shares of the pictures that show something and of those that do not. */
interface PicturePoint {
  readonly score: number;
  readonly missed: number;
  readonly falseAlarms: number;
}

/** The points at every score that occurs, from the highest down. */
function picturePoints(pictures: readonly ScoredPicture[]): PicturePoint[] {
  const order = [...pictures].sort((a, b) => b.score - a.score);
  const bad = order.filter(({ truth }) => truth).length;
  const good = order.length - bad;
  let [found, wrong] = [0, 0];
  return order.flatMap(({ score, truth }, i) => {
    if (truth) found++;
    else wrong++;
    if (order[i + 1]?.score === score) return [];
    return [{ score, missed: bad > 0 ? 1 - found / bad : 0, falseAlarms: good > 0 ? wrong / good : 0 }];
  });
}

/** The point that misses least with at most this share of false alarms; where none has so few, nothing is reported. */
function pointWithin(points: readonly PicturePoint[], falseAlarms: number): PicturePoint {
  const fits = points.filter((p) => p.falseAlarms <= falseAlarms + 1e-12);
  return fits.at(-1) ?? { score: Number.POSITIVE_INFINITY, missed: 1, falseAlarms: 0 };
}
