import { f32 } from '../../base/tensor.ts';
import { conv } from '../../graph/build.ts';
import { graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { hasGroups } from '../../onnx/wide-groups/has-groups.ts';
import { wideGroups } from '../../onnx/wide-groups/wide-groups.ts';
import type { Model } from '../../onnx/wire/messages.ts';
import { decodeModel, encodeModel } from '../../onnx/wire/model.ts';
import { blockedForms } from '../blocked.ts';
import { compile, type Runtime } from '../runtime.ts';

/**
 * The same runtime with its block, which is looked for once, when it is first asked for. What is loaded has no groups narrower than that,
 * where it can be helped (onnx/wide-groups).
 */
export function withBlock(runtime: Runtime): Runtime {
  let found: Promise<number | undefined> | undefined;
  const block = () => {
    found ??= findBlock(runtime).catch(() => undefined);
    return found;
  };
  const load: Runtime['load'] = async (model, options = {}) => {
    const blocks = (options.optimize ?? 'all') === 'all' && options.grouped !== false;
    return runtime.load(blocks ? await widened(model, block) : model, options);
  };
  return { ...runtime, block, load };
}

/** The file with wider groups; as it is where it has no narrow ones, or the runtime is to say what is wrong with it. */
async function widened(file: Uint8Array, block: () => Promise<number | undefined>): Promise<Uint8Array> {
  const model = decoded(file);
  if (!model || !hasGroups(model)) return file;
  const size = await block();
  const wide = size === undefined ? undefined : wideGroups(model, size);
  return wide ? encodeModel(wide) : file;
}

function decoded(file: Uint8Array): Model | undefined {
  try {
    return decodeModel(file);
  } catch {
    return undefined;
  }
}

/** AVX-512 has 16, AVX2 and SSE 8. */
const CANDIDATES = [16, 8];

/**
 * The block of a runtime's blocked convolutions (see graph/ops/nchwc.ts), found by trying: a small depthwise convolution must
 * give what the plain one gives. Undefined where none does, or the runtime does not know the operators.
 */
async function findBlock(runtime: Runtime): Promise<number | undefined> {
  const x = input('x', 'float32', [1, 32, 5, 5]);
  const w = input('w', 'float32', [32, 1, 3, 3]);
  const plain = graph({ y: conv(x, w, undefined, { group: 32, pads: [1, 1, 1, 1] }) });
  const feeds = { x: ramp([1, 32, 5, 5], 0.37), w: ramp([32, 1, 3, 3], 0.73) };
  const run = async (g: typeof plain) => {
    const program = await compile(runtime, g);
    try {
      return (await program.run(feeds)).y!.data as Float32Array;
    } finally {
      await program.close();
    }
  };
  const expected = await run(plain);
  for (const block of CANDIDATES) {
    try {
      const got = await run(blockedForms(plain, block, () => false));
      if (got.length === expected.length && got.every((v, i) => Math.abs(v - expected[i]!) < 1e-4)) return block;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

const ramp = (shape: number[], step: number) => {
  const t = f32(shape);
  for (let i = 0; i < t.data.length; i++) t.data[i] = Math.sin(i * step);
  return t;
};
