import type { Channels, Dropped, Group } from '../graph/channels.ts';
import { type Evidence, importanceOf } from './importance.ts';

/** Channels that the runtime computes together: what is left of a group is a multiple of it, as less would not be faster. */
const BLOCK = 8;
/** Share of a group that stays, whatever the others are worth. */
const LEAST = 0.1;

/** Groups that may lose channels. */
export interface Ranked {
  readonly groups: readonly {
    readonly group: Group;
    readonly worth: Float64Array;
    /** Its indices, those worth least first. */
    readonly order: readonly number[];
  }[];
  /** What the indices of all groups are worth, ascending. */
  readonly worths: readonly number[];
}

/** Ranks what may go. Groups over which something is measured (layer normalisation, softmax) stay whole: the others' numbers would change. */
export function ranked(channels: Channels, evidence: Evidence): Ranked {
  const groups = channels.groups.flatMap((group) => {
    if (group.measured || group.size < 2 * BLOCK) return [];
    const worth = importanceOf(group, channels, evidence);
    if (!worth) return [];
    return [{ group, worth, order: Array.from(worth.keys()).sort((a, b) => worth[a]! - worth[b]!) }];
  });
  return { groups, worths: groups.flatMap(({ worth }) => [...worth]).sort((a, b) => a - b) };
}

/**
 * Which indices go when `share` of all of them should: those worth least wherever they are (`global`), or the same share of each group.
 * What stays of a group is a multiple of the runtime's block.
 */
export function droppedAt({ groups, worths }: Ranked, share: number, global: boolean): Dropped {
  const limit = worths[Math.floor(share * worths.length)] ?? Number.POSITIVE_INFINITY;
  const dropped = new Map<Group, ReadonlySet<number>>();
  for (const { group, worth, order } of groups) {
    const wanted = global ? worth.filter((v) => v < limit).length : Math.round(share * group.size);
    const least = Math.max(BLOCK, Math.ceil(LEAST * group.size));
    const stay = Math.min(group.size, BLOCK * Math.round(Math.max(least, group.size - wanted) / BLOCK));
    if (stay < group.size) dropped.set(group, new Set(order.slice(0, group.size - stay)));
  }
  return dropped;
}
