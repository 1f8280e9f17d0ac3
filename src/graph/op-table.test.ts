import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { recordedFamilies } from './node/recorded.ts';
import { allOps } from './op.ts';
import { gradientInputs, operatorTable, type RecordedCase, slopeInputs } from './op-table.ts';
import './ops/index.ts';

const cases = recordedFamilies().flatMap((f) => f.cases);

it('docs/operators.md says what the records and the recorded cases say', () => {
  const written = readFileSync(new URL('../../docs/operators.md', import.meta.url), 'utf8');
  expect(written, 'out of date: run `npm run docs:operators`').toBe(operatorTable(allOps(), cases));
});

it('every recorded case belongs to an operator there is', () => {
  const names = new Set<string>(allOps().map((op) => op.name));
  expect(cases.map((c) => c.op).filter((name) => !names.has(name))).toEqual([]);
});

it('counts what is compared: no gradient that is zero everywhere, no slope of an integer input', () => {
  const r = (data: number[], dtype: 'float32' | 'float64' = 'float32') => ({ dtype, shape: [data.length], data });
  const recorded: RecordedCase = {
    name: 'Mul 1',
    op: 'Mul',
    attrs: {},
    inputs: [r([1, 2]), r([3, 4]), r([5], 'float64'), null],
    outputs: [r([3, 8])],
    cotangents: [r([1, 1])],
    grads: [r([3, 4]), r([0, 0]), r([1], 'float64'), null],
  };
  expect(gradientInputs(recorded)).toEqual([0, 2]);
  expect(slopeInputs(recorded)).toEqual([0]);
  const table = operatorTable([...allOps().filter((op) => op.name === 'Mul' || op.name === 'Swish')], [recorded]);
  const text = table.replace(/ +/g, ' ');
  expect(text).toContain('| Mul | ONNX | yes | – | 1 | 2 | 1 |');
  expect(text).toContain('| Swish ○ | ONNX 24 | yes | yes | 0 | 0 | 0 |');
});
