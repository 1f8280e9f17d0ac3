/** Sides of squares, in pixels, between which things are counted. */
const SIDES = [0, 8, 16, 32, 64, 128, 256, 512, Number.POSITIVE_INFINITY];

/** Things of one size: as large as a square with a side from `from` to below `to` pixels. */
export interface SizeRow {
  readonly from: number;
  readonly to: number;
  readonly all: number;
  readonly missed: number;
}

/** How many things there are of each size and how many were missed, from areas in pixels; sizes from the smallest to the largest that occurs. */
export function sizeRows(missed: readonly number[], all: readonly number[]): SizeRow[] {
  const count = (areas: readonly number[], from: number, to: number) =>
    areas.filter((area) => area >= from * from && area < to * to).length;
  const rows = SIDES.slice(0, -1).map((from, i): SizeRow => {
    const to = SIDES[i + 1]!;
    return { from, to, all: count(all, from, to), missed: count(missed, from, to) };
  });
  const first = rows.findIndex((r) => r.all > 0);
  return first < 0 ? [] : rows.slice(first, rows.findLastIndex((r) => r.all > 0) + 1);
}

/** Rules of thumb: fewer misses say nothing about sizes; and how much smaller the missed ones are. */
const FEW = 5;
const SMALLER = 1 / 3;

/** Sides, in pixels, of the middle one of the missed and of all things, where those that are missed are clearly the small ones. */
export function smallOnesMissed(
  missed: readonly number[],
  all: readonly number[],
): { missed: number; all: number } | undefined {
  if (missed.length < FEW) return undefined;
  const [ofMissed, ofAll] = [middle(missed), middle(all)];
  return ofMissed < SMALLER * ofAll ? { missed: Math.sqrt(ofMissed), all: Math.sqrt(ofAll) } : undefined;
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
