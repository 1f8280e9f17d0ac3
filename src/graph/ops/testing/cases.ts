import { describe, it } from 'vitest';
import type { Runtime } from '../../../runtime/runtime.ts';
import type { RecordedCase } from '../../op-table.ts';
import { checkCase } from './check-case.ts';

/** One test for each case. The compatibility page (bench/compatibility) reads the tests' titles. */
export function testCases(
  runtime: Runtime,
  family: string,
  cases: readonly RecordedCase[],
  chosen: (c: RecordedCase) => boolean = () => true,
): void {
  describe(family, () => {
    cases.forEach((c, number) => {
      if (chosen(c)) it(`${number} ${c.name}`, () => checkCase(runtime, c));
    });
  });
}
