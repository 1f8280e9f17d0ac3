import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../src/base/errors.ts';
import type { RecordedCase } from '../../src/graph/op-table.ts';
import '../../src/graph/ops/index.ts';
import { checkCase } from '../../src/graph/ops/testing/check-case.ts';
import { plainCases } from '../../src/graph/ops/testing/plain-cases.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';

/** A case with where it comes from; its place in the list is its number. */
interface Numbered {
  readonly family: string;
  readonly case: RecordedCase;
}

/** Float64 is no number of WebGPU; the runtime does not load a model with it. */
const known = ({ inputs, attrs }: RecordedCase) => attrs.to !== 11 && inputs.every((r) => r?.dtype !== 'float64');

/** The cases by hand and those recorded from PyTorch, whose files are in `folder`. */
export function operatorCases(folder: string): Numbered[] {
  const recorded = readdirSync(folder)
    .filter((f) => f.endsWith('.json'))
    .sort()
    .flatMap((f) =>
      (JSON.parse(readFileSync(join(folder, f), 'utf8')) as RecordedCase[]).map((c) => ({
        family: f.slice(0, -5),
        case: c,
      })),
    );
  return [...plainCases.map((c) => ({ family: 'by hand', case: c })), ...recorded].filter(({ case: c }) => known(c));
}

/** How a case ended. */
export interface Outcome {
  readonly number: number;
  readonly family: string;
  readonly name: string;
  /** What is wrong; undefined where it is right. */
  readonly wrong?: string;
}

/** Checks the cases from a number on, each `by`th, and says of each before the next begins. */
export async function checkOperators(
  runtime: Runtime,
  folder: string,
  { from, by }: { readonly from: number; readonly by: number },
  say: (o: Outcome) => void,
): Promise<void> {
  const cases = operatorCases(folder);
  for (let number = from; number < cases.length; number += by) {
    const { family, case: c } = cases[number]!;
    const outcome = { number, family, name: c.name };
    try {
      await checkCase(runtime, c);
      say(outcome);
    } catch (error) {
      say({ ...outcome, wrong: messageOf(error).split('\n')[0]!.slice(0, 160) });
    }
  }
}
