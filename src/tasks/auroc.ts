import { check } from '../base/errors.ts';

/**
 * Share of pairs of an anomalous and a good picture that their scores put in the right order; equal scores count half. 1 is perfect, 0.5 a
 * coin. Exact, by ranks (Mann–Whitney), as scikit-learn's `roc_auc_score`.
 * @throws YosegiError where one side is empty or a score is not a number
 */
export function auroc(anomalous: readonly number[], good: readonly number[]): number {
  check(
    anomalous.length > 0 && good.length > 0,
    () =>
      `AUROC needs scores of anomalous and of good pictures, got ${anomalous.length} and ${good.length}: judge a set that has both`,
  );
  const all = [...anomalous.map((score) => ({ score, hit: true })), ...good.map((score) => ({ score, hit: false }))];
  check(
    all.every(({ score }) => !Number.isNaN(score)),
    'a score is not a number: was the model fitted?',
  );
  all.sort((a, b) => a.score - b.score);
  let ranks = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    let hits = 0;
    while (to < all.length && all[to]!.score === all[from]!.score) hits += all[to++]!.hit ? 1 : 0;
    // Ranks count from 1; equal scores share the mean of theirs.
    ranks += (hits * (from + 1 + to)) / 2;
    from = to;
  }
  const n = anomalous.length;
  return (ranks - (n * (n + 1)) / 2) / (n * good.length);
}
