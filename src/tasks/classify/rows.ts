/** The first class of the largest score in row `i` of [N, classes]. */
export function rowArgmax(scores: ArrayLike<number>, i: number, classes: number): number {
  const at = i * classes;
  let best = 0;
  for (let c = 1; c < classes; c++) if (scores[at + c]! > scores[at + best]!) best = c;
  return best;
}
