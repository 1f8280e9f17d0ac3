/** A picture that shows something or not, and how sure the model is that it does. */
export interface ScoredPicture {
  readonly score: number;
  readonly truth: boolean;
}

/** What happens when pictures from this score on are reported: shares of the pictures that show something and of those that do not. */
export interface PicturePoint {
  readonly score: number;
  readonly missed: number;
  readonly falseAlarms: number;
}

/** Area under the receiver operating characteristic, ties counted half; null where one kind of picture is missing. */
export function auroc(pictures: readonly ScoredPicture[]): number | null {
  const order = [...pictures].sort((a, b) => a.score - b.score);
  const bad = order.filter(({ truth }) => truth).length;
  const good = order.length - bad;
  if (bad === 0 || good === 0) return null;
  let sum = 0;
  let goodBefore = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    let [tiedBad, tiedGood] = [0, 0];
    while (end < order.length && order[end]!.score === order[i]!.score) {
      if (order[end++]!.truth) tiedBad++;
      else tiedGood++;
    }
    sum += tiedBad * (goodBefore + tiedGood / 2);
    goodBefore += tiedGood;
    i = end;
  }
  return sum / (bad * good);
}

/** The points at every score that occurs, from the highest down. */
export function picturePoints(pictures: readonly ScoredPicture[]): PicturePoint[] {
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
export function pointWithin(points: readonly PicturePoint[], falseAlarms: number): PicturePoint {
  const fits = points.filter((p) => p.falseAlarms <= falseAlarms + 1e-12);
  return fits.at(-1) ?? { score: Number.POSITIVE_INFINITY, missed: 1, falseAlarms: 0 };
}
