/** A share as percent: rounded, and what keeps it from saying more than is true. */
export interface Percent {
  /** '>' and '<' where rounding would make everything or nothing of what is not quite. */
  readonly sign: '' | '>' | '<';
  /** In percent, with as many decimals as were asked for. */
  readonly value: number;
}

/** The rule for all percentages: never 100 that is not everything, never 0 that is not nothing. */
export function percentOf(share: number, decimals = 1): Percent {
  const value = Number((100 * share).toFixed(decimals));
  const step = 10 ** -decimals;
  if (share < 1 && value >= 100) return { sign: '>', value: Number((100 - step).toFixed(decimals)) };
  if (share > 0 && value === 0) return { sign: '<', value: step };
  return { sign: '', value };
}

/** A share without the unit, for a column whose heading has it: 66.7, > 99.9. */
export function percentNumber(share: number, decimals = 1): string {
  const { sign, value } = percentOf(share, decimals);
  return `${sign}${sign && ' '}${value.toFixed(decimals)}`;
}

/** A share 0 … 1 for the terminal: 66.7 %, > 99.9 %, – where there is none. */
export function percent(share: number | null | undefined, decimals = 1): string {
  return share === null || share === undefined ? '–' : `${percentNumber(share, decimals)} %`;
}
