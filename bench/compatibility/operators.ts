import { recordedFamilies } from '../../src/graph/node/recorded.ts';
import { allOps, type Op } from '../../src/graph/op.ts';
import { dtypeOfRecorded, gradientInputs, type Recorded, type RecordedCase } from '../../src/graph/op-table.ts';
import { plainCases } from '../../src/graph/ops/testing/plain-cases.ts';
import '../../src/graph/ops/index.ts';
import type { Test } from './results.ts';
import { nothing, red, type Table, verdict } from './table.ts';

/** The test files that run operator cases, by the runtime they run them in. */
export const operatorFiles = {
  native: ['src/graph/ops/fixtures.test.ts', 'src/graph/ops/plain.test.ts'],
  wasm: ['src/graph/ops/wasm.test.ts'],
  webgpu: ['src/graph/ops/webgpu.test.ts'],
} as const;

/** The blocked layout's operators depend on the machine and are tested together; WASM has none. */
export const blockedFile = 'src/runtime/blocked.test.ts';

interface Tried {
  readonly case: RecordedCase;
  readonly test: Test;
}

/** The cases of each operator that a runtime was tried on. */
function triedIn(tests: readonly Test[], files: readonly string[]): Map<string, Tried[]> {
  const families = [...recordedFamilies(), { family: 'by hand', cases: plainCases }];
  const casesOf = new Map(families.map((f) => [f.family, f.cases]));
  const found = new Map<string, Tried[]>();
  for (const test of tests) {
    if (!files.includes(test.file)) continue;
    const c = casesOf.get(test.suite.at(-1) ?? '')?.[Number.parseInt(test.title, 10)];
    if (c) found.set(c.op, [...(found.get(c.op) ?? []), { case: c, test }]);
  }
  return found;
}

/** A case whose outputs are right fails with the gradient it fails at. */
const onlyGradient = (t: Test) => /^(gradient|slope) of input/.test(t.reason);

function outputs(tried: readonly Tried[]): string {
  if (tried.length === 0) return red('no case');
  return verdict(
    tried.map(({ test }) => (test.state === 'failed' && onlyGradient(test) ? { ...test, state: 'passed' } : test)),
  );
}

const isFloat = (r: Recorded | null) => r !== null && dtypeOfRecorded(r).startsWith('float');

function gradient(op: Op, tried: readonly Tried[]): string {
  if (op.gradient === 'none') {
    // Ours and the runtime's own are put in after differentiation, or replaced before.
    const wanted = !op.domain && tried.some((t) => t.case.inputs.some(isFloat) && t.case.outputs.some(isFloat));
    return wanted ? red('none') : nothing;
  }
  if (tried.length === 0) return red('no case');
  const checked = tried.filter((t) => gradientInputs(t.case).length > 0);
  if (checked.length === 0) return nothing;
  const count = checked.reduce((n, t) => n + gradientInputs(t.case).length, 0);
  return verdict(
    checked.map((t) => t.test),
    count,
  );
}

/** Operator × runtime × gradient. */
export function operatorRows(tests: readonly Test[]): Table {
  const tried = Object.values(operatorFiles).map((files) => triedIn(tests, files));
  const blocked = tests.filter((t) => t.file === blockedFile);
  const rows = allOps().map((op) => {
    const set = op.domain ?? `ONNX${op.opset ? ` ${op.opset}` : ''}`;
    if (op.domain === 'com.microsoft.nchwc') {
      return [op.name, set, verdict(blocked, 'together'), ...Array(5).fill(nothing)];
    }
    const each = tried.map((of) => of.get(op.name) ?? []);
    return [op.name, set, ...each.map(outputs), ...each.map((of) => gradient(op, of))];
  });
  const names = ['native', 'WASM', 'WebGPU'];
  return { header: ['operator', 'set', ...names, ...names.map((name) => `gradient, ${name}`)], rows };
}
