import { type Arrow, arrowsOf, isForTests, sourceFiles } from './imports.ts';

/** The rooms of the house, lowest first: a room imports from itself and from rooms before it. */
export interface House {
  readonly rooms: readonly Room[];
}

interface Room {
  /** Its folder below src. */
  readonly name: string;
  /** What is in it, in a line. */
  readonly holds: string;
}

/** The room of a file; undefined for a file at the top, which opens the house to others and may know every room. */
export const roomOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined);

/** All imports between the files that ship. */
const arrowsIn = (root: string): Arrow[] => sourceFiles(root).flatMap((file) => arrowsOf(root, file));

/** What breaks the order, one line each: file, line, what it must not import and why. Types count as well as values. */
export function brokenOrder(root: string, { rooms }: House): string[] {
  const place = new Map(rooms.map(({ name }, i) => [name, i]));
  const wrong: string[] = [];
  for (const file of sourceFiles(root)) {
    const own = roomOf(file);
    if (own !== undefined && !place.has(own)) wrong.push(`${file}: the room '${own}' has no place in rooms.json`);
    for (const { to, line } of arrowsOf(root, file)) {
      const say = (why: string) => wrong.push(`${file}:${line} imports ${to}: ${why}`);
      const other = roomOf(to);
      if (isForTests(to)) say('that file is for tests alone');
      else if (own === undefined) continue;
      else if (other === undefined) say(`a file at the top, which knows all rooms, is not for '${own}'`);
      else if (place.get(other)! > place.get(own)!) say(`'${own}' comes before '${other}'`);
    }
  }
  return wrong;
}

/**
 * Circles of files that load each other: sets of files each of which leads to each other one by imports that stay when they are
 * compiled and are followed on loading. Which of them runs first then depends on who asks.
 */
export function circles(root: string): string[][] {
  const next = new Map<string, string[]>(sourceFiles(root).map((file) => [file, []]));
  for (const { from, to, typeOnly, late } of arrowsIn(root)) if (!typeOnly && !late) next.get(from)!.push(to);
  return strongComponents(next).filter((all) => all.length > 1 || next.get(all[0]!)!.includes(all[0]!));
}

/** Strongly connected components (Tarjan 1972). */
function strongComponents(next: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (at: string): void => {
    order.set(at, order.size);
    lowest.set(at, order.get(at)!);
    open.push(at);
    for (const to of next.get(at) ?? []) {
      if (!order.has(to)) visit(to);
      if (open.includes(to)) lowest.set(at, Math.min(lowest.get(at)!, lowest.get(to)!));
    }
    if (lowest.get(at) === order.get(at)) found.push(open.splice(open.indexOf(at)).sort());
  };
  for (const file of next.keys()) if (!order.has(file)) visit(file);
  return found;
}
