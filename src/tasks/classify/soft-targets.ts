/**
 * Soft targets [N, classes] from labels, with label smoothing s: (1 - s) on the label plus s / classes everywhere
 * (Szegedy et al. 2015).
 */
export function softTargets(labels: ArrayLike<number>, classes: number, smoothing = 0): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  for (let i = 0; i < labels.length; i++) targets[i * classes + labels[i]!]! += 1 - smoothing;
  return targets;
}
