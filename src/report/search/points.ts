import type { formatFor } from '../../page/format.ts';

/** A difference of shares in points, with its sign: `+1.2`, `−0.4`. */
export const points = (share: number, f: ReturnType<typeof formatFor>): string =>
  `${share < 0 ? '−' : '+'}${f.decimal(Math.abs(100 * share), 1)}`;
