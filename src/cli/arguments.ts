import { InvalidArgumentError, Option } from 'commander';
import { nearest } from '../base/errors.ts';

/** Parsers of option values: every value is checked before any work starts. */

/** A whole number from `low` to `high`. */
export function whole(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low}${high < 1e9 ? ` to ${high}` : ''}.`);
  };
}

/** A number from `low` to `high`. */
export function number(low: number, high = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a number from ${low}${high < 1e9 ? ` to ${high}` : ''}.`);
  };
}

/** 0.1 or 10%; no number where it is neither. */
function shareIn(text: string): number {
  const digits = text.replace(/%$/, '').trim();
  if (digits === '') return Number.NaN;
  return text.endsWith('%') ? Number(digits) / 100 : Number(digits);
}

/** A share below 1: 0.1 or 10%. */
export function share(text: string): number {
  const value = shareIn(text);
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('It must be a share from 0 to below 1, such as 0.1 or 10%.');
}

/** A share above 0, up to all: 0.6 or 60%. */
export function shareOfAll(text: string): number {
  const value = shareIn(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a share above 0 and at most 1, such as 0.6 or 60%.');
}

/** An input size: 64, or 96x128 (height × width). */
export function size(text: string): [number, number] {
  const parts = text.toLowerCase().split('x').map(Number);
  const [height, width = height] = parts;
  if (parts.length <= 2 && parts.every((v) => Number.isInteger(v) && v >= 32 && v <= 4096)) return [height!, width!];
  throw new InvalidArgumentError('It must be pixels from 32 to 4096, as 64 or 96x128 (height x width).');
}

/** An option that takes one of `names`; another name is answered with the nearest. */
export function choice(flags: string, description: string, names: readonly string[]): Option {
  return new Option(flags, description).choices(names).argParser((text: string) => {
    if (names.includes(text)) return text;
    const near = nearest(text, names);
    throw new InvalidArgumentError(
      `${near === undefined ? '' : `Did you mean ${near}? `}Allowed choices are ${names.join(', ')}.`,
    );
  });
}
