import { check } from '../../base/errors.ts';
import type { Budget } from '../record.ts';

const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** A budget as people write it: `5ms`, `40Mmacs`, `97%`. */
export function parseBudget(text: string): Budget {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(ms|[kmg]?macs|%)\s*$/i.exec(text) ?? [];
  const value = Number(number);
  check(
    number !== undefined && unit !== undefined && value > 0 && (unit !== '%' || value <= 100),
    () => `'${text}' is no budget: give mean milliseconds (5ms), multiply–accumulates (40Mmacs) or an accuracy (97%)`,
  );
  if (unit === '%') return { kind: 'accuracy', value: value / 100 };
  const lower = unit.toLowerCase();
  return lower === 'ms' ? { kind: 'ms', value } : { kind: 'macs', value: value * factors[lower.replace('macs', '')]! };
}
