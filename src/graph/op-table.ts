import type { DType } from '../base/tensor.ts';
import { markdownTable } from '../base/text/table.ts';
import type { Op } from './op.ts';
import type { Attributes } from './value.ts';

/** Numbers recorded from PyTorch (reference/ops). */
export interface Recorded {
  readonly dtype?: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** One recorded application of an operator, as the files in ops/fixtures hold it. */
export interface RecordedCase {
  readonly name: string;
  readonly op: string;
  readonly attrs: Attributes;
  readonly inputs: readonly (Recorded | null)[];
  readonly outputs: readonly Recorded[];
  readonly cotangents: readonly (Recorded | null)[];
  readonly grads: readonly (Recorded | null)[];
  /** A kink or an end of the range: there a gradient of zeros is what is asked for, and finite differences say nothing. */
  readonly special?: boolean;
}

export const dtypeOfRecorded = (r: Recorded): DType => r.dtype ?? 'float32';

/** Inputs whose recorded gradient is compared. A gradient that is zero everywhere (Sign, Floor) is none. */
export function gradientInputs(c: RecordedCase): number[] {
  return c.grads.flatMap((g, i) => (g && (c.special || g.data.some((v) => v !== 0)) ? [i] : []));
}

/** Those of them whose gradient is also held against finite differences: the ones in float32. */
export function slopeInputs(c: RecordedCase): number[] {
  if (c.special) return [];
  return gradientInputs(c).filter((i) => dtypeOfRecorded(c.inputs[i]!) === 'float32');
}

interface Checks {
  readonly forward: number;
  readonly gradients: number;
  readonly slopes: number;
}

function checksOf(cases: readonly RecordedCase[]): Checks {
  const sum = (count: (c: RecordedCase) => number) => cases.reduce((n, c) => n + count(c), 0);
  return {
    forward: cases.length,
    gradients: sum((c) => gradientInputs(c).length),
    slopes: sum((c) => slopeInputs(c).length),
  };
}

const yes = (value: unknown) => (value ? 'yes' : '–');

/** docs/operators.md: what every operator record can do, and how much of it is checked against recorded numbers. */
export function operatorTable(ops: readonly Op[], cases: readonly RecordedCase[]): string {
  const rows = ops.map((op) => {
    const { forward, gradients, slopes } = checksOf(cases.filter((c) => c.op === op.name));
    const set = op.domain ?? `ONNX${op.opset ? ` ${op.opset}` : ''}`;
    const mark = forward === 0 ? ' ○' : '';
    return [op.name + mark, set, yes(op.gradient !== 'none'), yes(op.lower), forward, gradients, slopes];
  });
  const known = new Set(cases.map((c) => c.op));
  const total = checksOf(cases);
  const count = (has: (op: Op) => unknown) => ops.filter(has).length;
  const without = count((op) => !known.has(op.name));
  const header = ['operator', 'set', 'gradient', 'lowering', 'forward', 'gradients', 'slopes'];
  const [differentiable, lowered] = [count((op) => op.gradient !== 'none'), count((op) => op.lower)];
  const { forward, gradients, slopes } = total;
  const totals = [`${ops.length} operators (${without} ○)`, '', differentiable, lowered, forward, gradients, slopes];
  return `# Operators

Written by \`npm run docs:operators\` from the operator records (src/graph/ops) and the recorded cases (src/graph/ops/fixtures);
a test fails when this file is out of date.

- **set**: the operator set a printed model takes it from; with a number, the first ONNX opset that has it. \`yosegi\` operators are
  never printed: they are lowered first.
- **gradient**: the operator can be differentiated. **lowering**: it can be put in terms of simpler operators, for a set that lacks it.
- **forward**: recorded cases whose outputs must agree with PyTorch's. **gradients**: gradients of inputs that must agree with
  PyTorch's autograd in them; a gradient that is zero everywhere is not counted. **slopes**: gradients also held against finite
  differences of the operator itself.
- ○: no recorded case. Such an operator may still be covered by the tests of what uses it.

${markdownTable(
  [header, ...rows, totals].map((row) => row.map(String)),
  [0, 1, 2, 3],
)}
`;
}
