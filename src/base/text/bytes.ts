import { check } from '../errors.ts';

/** An amount of memory as people write it: `4GB`, `3.5 GiB`, `800M`. */
export const bytesPattern = /^\s*(\d+(?:\.\d+)?)\s*([kmgt])(i?)b?\s*$/i;

/** The bytes that such a text means; k, M, G and T are powers of 1000, Ki, Mi, Gi and Ti of 1024. */
export function parseBytes(text: string): number {
  const [, number, unit, binary] = bytesPattern.exec(text) ?? [];
  check(unit, () => `an amount of memory such as 4GB or 800MiB was expected, got '${text}'`);
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** ('kmgt'.indexOf(unit.toLowerCase()) + 1));
}
