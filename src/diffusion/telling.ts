import { gatherRows } from '../base/rows.ts';
import { f32, type Tensor } from '../base/tensor.ts';

export type Named = Readonly<Record<string, Tensor>>;

/** The network's inputs beside picture and time, [rows, …] each: what these of the wanted pictures are told, undefined for nothing. */
export type Told = (rows: readonly (number | undefined)[]) => Named;

/** What is asked in one look: the time, as it is embedded, and of which pictures. */
interface Asked {
  readonly time: number;
  readonly rows: readonly (number | undefined)[];
}

/** Rows that are told at once: enough that what is done for one costs little, and few enough that captions take megabytes only. */
const ROWS = 64;

/**
 * What the network is told in look i. Times and wishes of all looks are known before the first, so `tell` is asked for several looks
 * at once, as they come nearer.
 */
export function telling(
  asked: readonly Asked[],
  told: Told,
  tell: (feeds: Named) => Promise<Named> = async (feeds) => feeds,
): (i: number) => Promise<Named> {
  let known = new Map<number, Named>();
  const from = async (first: number): Promise<Map<number, Named>> => {
    const some: Asked[] = [];
    let rows = 0;
    for (const one of asked.slice(first)) {
      if (some.length > 0 && rows + one.rows.length > ROWS) break;
      some.push(one);
      rows += one.rows.length;
    }
    const times = some.flatMap(({ time, rows: of }) => of.map(() => time));
    const time = f32([rows], times);
    const all = await tell({ time, ...told(some.flatMap(({ rows: of }) => of)) });
    let at = 0;
    return new Map(
      some.map(({ rows: { length } }, k) => {
        at += length;
        return [first + k, rowsOf(all, at - length, length)];
      }),
    );
  };
  return async (i) => {
    if (!known.has(i)) known = await from(i);
    return known.get(i)!;
  };
}

/** `count` rows of each from `first` on; copies, as what a program is lent may be taken away with all that lies in its buffer. */
function rowsOf(all: Named, first: number, count: number): Named {
  const rows = Array.from({ length: count }, (_, k) => first + k);
  return Object.fromEntries(Object.entries(all).map(([name, t]) => [name, gatherRows(t, rows)]));
}
