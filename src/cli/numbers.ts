import { InvalidArgumentError } from 'commander';

/** Parsers for options that are numbers. */

/** A whole number from `low` to `high`. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    const most = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`It must be a whole number ${most}.`);
  };
}

/** Whole numbers with commas between, e.g. `1,8,32`. */
export function wholeNumbers(low: number, high?: number): (text: string) => number[] {
  const one = wholeNumber(low, high);
  return (text) => text.split(',').map(one);
}

/** A number of `low` or more. */
export function amount(low: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= low) return value;
    throw new InvalidArgumentError(`It must be a number of ${low} or more.`);
  };
}

/** Height and width: `224`, or `480x640`. */
export function imageSize(text: string): [number, number] {
  const sides = text.toLowerCase().split('x').map(wholeNumber(1, 8192));
  if (sides.length > 2)
    throw new InvalidArgumentError('It must be a side such as 224, or height and width such as 480x640.');
  return [sides[0]!, sides[1] ?? sides[0]!];
}
