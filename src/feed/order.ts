import { permutation, random } from '../base/random.ts';

/** The order in which epoch `epoch` visits the items 0 … n-1: every item once. */
export function shuffled(n: number, seed: number, epoch: number): Uint32Array {
  return permutation(random(seed, 'order', epoch), n);
}

/**
 * A class-balanced epoch of as many draws as there are items: every class equally often (to within one), in random
 * order. Inside a class every item comes equally often too, counted over the epochs: draws walk through one random
 * permutation of the class after another, so a rare item repeats and a frequent one waits for its turn.
 */
export function balanced(labels: ArrayLike<number>, seed: number, epoch: number): Uint32Array {
  const classes = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const members = classes.get(labels[i]!);
    if (members) members.push(i);
    else classes.set(labels[i]!, [i]);
  }
  const present = [...classes.keys()].sort((a, b) => a - b);
  const share = Math.floor(labels.length / present.length);
  const extra = labels.length - share * present.length;
  const draws: number[] = [];
  for (const [k, label] of present.entries()) {
    const members = classes.get(label)!;
    // Which classes get one draw more moves on from epoch to epoch; the walk must count what came before.
    const before = share * epoch + extraBefore(k, extra, present.length, epoch);
    const count =
      share + extraBefore(k, extra, present.length, epoch + 1) - extraBefore(k, extra, present.length, epoch);
    let lap = -1;
    let order: Uint32Array = new Uint32Array(0);
    for (let i = before; i < before + count; i++) {
      const at = Math.floor(i / members.length);
      if (at !== lap) {
        lap = at;
        order = permutation(random(seed, 'order', 'class', label, lap), members.length);
      }
      draws.push(members[order[i % members.length]!]!);
    }
  }
  return permutation(random(seed, 'order', epoch), draws.length).map((i) => draws[i]!);
}

/** How many extra draws class `k` of `classes` got in the epochs before `epoch`, `extra` a round, dealt in turn. */
function extraBefore(k: number, extra: number, classes: number, epoch: number): number {
  return Math.floor((extra * epoch + classes - 1 - k) / classes);
}
