import { check } from '../base/errors.ts';
import { random } from '../base/random.ts';

/** What a split needs to know of an item. */
export interface Splittable {
  /** Unique and stable: the relative path. */
  readonly path: string;
  /** The class it counts for; -1 for none. */
  readonly kind: number;
  /** Equal for exact duplicates. */
  readonly hash: string;
}

/** Several items of the same pixels. */
export interface DuplicateGroup {
  readonly hash: string;
  /** Their positions, in order. */
  readonly members: readonly number[];
}

/** The groups of two and more items of equal hash, in order of their first member. */
export function duplicateGroups(items: readonly Splittable[]): DuplicateGroup[] {
  return groupsOf(items).filter(({ members }) => members.length > 1);
}

function groupsOf(items: readonly Splittable[]): DuplicateGroup[] {
  const groups = new Map<string, number[]>();
  items.forEach(({ hash }, i) => {
    const members = groups.get(hash);
    if (members) members.push(i);
    else groups.set(hash, [i]);
  });
  return [...groups].map(([hash, members]) => ({ hash, members }));
}

/**
 * Takes about `fraction` of every kind, drawn by (seed, 'split', name); exact duplicates stay together, a kind of at least two
 * different pictures gives at least one and keeps at least one. Depends on the items' paths, not on their order.
 * A group whose members are of different kinds counts for the class of its first path.
 * @returns the positions of the items taken, in order
 */
export function stratifiedDraw(items: readonly Splittable[], fraction: number, seed: number, name: string): number[] {
  check(fraction >= 0 && fraction < 1, () => `a split takes a fraction of 0 … below 1, got ${fraction}`);
  const classes = new Map<number, { size: number; members: readonly number[]; rank: number; path: string }[]>();
  for (const { members } of groupsOf(items)) {
    const leader = members.map((i) => items[i]!).reduce((a, b) => (b.path < a.path ? b : a));
    const rank = random(seed, 'split', name, leader.path).uint32();
    const group = { size: members.length, members, rank, path: leader.path };
    const groups = classes.get(leader.kind);
    if (groups) groups.push(group);
    else classes.set(leader.kind, [group]);
  }
  const taken: number[] = [];
  for (const groups of classes.values()) {
    groups.sort((a, b) => a.rank - b.rank || (a.path < b.path ? -1 : 1));
    const wanted = fraction * groups.reduce((sum, { size }) => sum + size, 0);
    let have = 0;
    let count = 0;
    for (const { size, members } of groups) {
      if (fraction === 0 || count === groups.length - 1) break;
      // The nearest to the wanted number; the first one in any case.
      if (count > 0 && have + size / 2 > wanted) continue;
      taken.push(...members);
      have += size;
      count++;
    }
  }
  return taken.sort((a, b) => a - b);
}
