import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { toNumbers } from '../../base/tensor.ts';
import { fixture } from '../testing/fixtures.ts';
import { decodeModel, encodeModel } from './model.ts';
import { tensorFromProto, tensorToProto } from './tensor.ts';

type Feeds = Record<string, ort.Tensor>;

async function outputs(model: Uint8Array, feeds: Feeds): Promise<Record<string, unknown>> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const results = await session.run(feeds);
    const told = Object.entries(results).map(([name, t]) => [name, { type: t.type, dims: t.dims, data: t.data }]);
    return Object.fromEntries(told);
  } finally {
    await session.release();
  }
}

function ramp(shape: number[]): ort.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7));
  return new ort.Tensor('float32', values, shape);
}

const cases: [string, Feeds][] = [
  ['raw', {}],
  ['typed', {}],
  ['unsupported', {}],
  ['control-flow', { x: ramp([3, 40]) }],
  ['functions', { x: ramp([3, 4]) }],
  ['convnet', { x: ramp([2, 3, 24, 24]) }],
];

describe('ONNX Runtime', () => {
  it.each(cases)('computes the same bits from %s.onnx as from what we write of it', async (name, feeds) => {
    const file = fixture(`${name}.onnx`);
    const ours = encodeModel(decodeModel(file));
    expect(await outputs(ours, feeds)).toEqual(await outputs(file, feeds));
  });

  it('computes the same bits when every typed list is rewritten as raw data', async () => {
    const file = fixture('typed.onnx');
    const model = decodeModel(file);
    const initializer = model.graph.initializer.map((t) => tensorToProto(t.name, tensorFromProto(t)));
    expect(initializer.every((t) => t.rawData && !t.floatData && !t.int32Data)).toBe(true);
    const ours = encodeModel({ ...model, graph: { ...model.graph, initializer } });
    expect(await outputs(ours, {})).toEqual(await outputs(file, {}));
  });

  it.each(['raw', 'typed'])('reads the numbers of %s.onnx as tensorFromProto does', async (name) => {
    const file = fixture(`${name}.onnx`);
    const theirs = await outputs(file, {});
    for (const proto of decodeModel(file).graph.initializer) {
      const numbers = toNumbers(tensorFromProto(proto));
      expect(theirs[`${proto.name}_out`], proto.name).toMatchObject({ data: Float64Array.from(numbers) });
    }
  });
});
