import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32 } from '../../base/tensor.ts';
import { createModel } from '../../models/registry.ts';
import type { Graph } from '../../onnx/wire/messages.ts';
import { decodeModel, encodeModel } from '../../onnx/wire/model.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { leaveAt, type Policy } from '../policy/policy.ts';
import { threeExits } from '../testing/three-exits.ts';
import { exitWeights } from '../testing/weights.ts';
import { cutAtExits, hasExits } from './cut.ts';
import { ifModel } from './if-model.ts';
import { compileCut } from './staged.ts';

const perceiver = createModel('ascan-micro-perceiver', { size: 32, classes: 5 }, { latents: 8, layers: [1, 1, 1, 1] });
const models = [threeExits(), perceiver].filter(hasExits);
const runtimes = [await nativeRuntime({ threads: 1 }), await wasmRuntime({ threads: 1 })];
afterAll(async () => {
  for (const r of runtimes) await r.close();
});

const image = (seed: number) => {
  const rng = random(seed, 'image');
  return f32(
    [1, 3, 32, 32],
    Float32Array.from({ length: 3072 }, () => rng.normal()),
  );
};

/** Every graph in a file, with those inside. */
const graphs = (g: Graph): Graph[] => [
  g,
  ...g.node.flatMap((n) => n.attribute.flatMap((a) => (a.type === 'graph' ? graphs(a.value) : []))),
];

describe.each(models)('the If-file of $name', (model) => {
  const cut = cutAtExits(model, exitWeights(model));
  const middle = (share: number) => model.exits.slice(1).map(() => share);
  const policies: Policy[] = [
    ...model.exits.map((_, k) => leaveAt(model.exits.length, k)),
    { thresholds: middle(0.5), always: [], suspicion: 1 },
    { thresholds: middle(0.65), always: [1], suspicion: 0.1 },
    { thresholds: middle(0.4), always: [0, 2], suspicion: 0.3 },
  ];

  it.each(runtimes)('says what the staged program says, on $name', async (runtime) => {
    const staged = await compileCut(runtime, cut);
    const left = new Set<number>();
    for (const policy of policies) {
      const program = await runtime.load(encodeModel(ifModel(cut, policy)));
      expect(program.outputs).toEqual(['logits', 'exit', 'confidence']);
      for (let seed = 0; seed < 8; seed++) {
        const [answer] = await staged.run(image(seed), policy);
        const { logits, exit, confidence } = await program.run({ image: image(seed) });
        expect([...exit!.data]).toEqual([BigInt(answer!.exit)]);
        expect(Number(confidence!.data[0])).toBeCloseTo(answer!.confidence, 4);
        const size = Math.max(1, ...answer!.logits.map(Math.abs));
        answer!.logits.forEach((v, c) => {
          expect(Math.abs(v - Number(logits!.data[c]))).toBeLessThan(1e-4 * size);
        });
        left.add(answer!.exit);
      }
      await program.close();
    }
    expect(left.size).toBe(model.exits.length);
    await staged.close();
  });

  it('stores every weight once, the policy by name, and uses standard operators only', () => {
    const file = decodeModel(encodeModel(ifModel(cut, policies.at(-1)!, { hello: 'you' })));
    expect(file.metadataProps).toEqual([{ key: 'hello', value: 'you' }]);
    const all = graphs(file.graph);
    expect(all).toHaveLength(2 * model.exits.length - 1);
    const names = all.flatMap((g) => g.initializer.map((t) => t.name));
    expect(new Set(names).size).toBe(names.length);
    model.exits.slice(1).forEach((_, k) => {
      expect(names).toContain(`policy.threshold.${k}`);
    });
    const made = all.flatMap((g) => g.node.flatMap((n) => n.output.filter((o) => o !== '')));
    expect(new Set(made).size).toBe(made.length);
    expect(all.flatMap((g) => g.node.filter((n) => n.domain))).toEqual([]);
  });
});

it('is a network that rounding hardly moves, also where a mixer has two tokens only', async () => {
  // Without and with optimisation the same network is computed in another order, as on another processor.
  const cut = cutAtExits(models[1]!, exitWeights(models[1]!));
  const [plain, fast] = [
    await compileCut(runtimes[0]!, cut, { optimize: 'none' }),
    await compileCut(runtimes[0]!, cut, { optimize: 'all' }),
  ];
  for (let seed = 0; seed < 16; seed++) {
    const [a, b] = [await plain.runAll(image(seed)), await fast.runAll(image(seed))];
    a.forEach((t, k) => {
      const size = Math.max(1, ...[...t.data].map((v) => Math.abs(Number(v))));
      t.data.forEach((v, i) => {
        expect(Math.abs(Number(v) - Number(b[k]!.data[i])) / size).toBeLessThan(3e-5);
      });
    });
  }
  await plain.close();
  await fast.close();
});

it('refuses a policy of another model', () => {
  const cut = cutAtExits(models[0]!, exitWeights(models[0]!));
  expect(() => ifModel(cut, { thresholds: [1], always: [], suspicion: 1 })).toThrow(/2 thresholds, this one 1/);
  expect(() => ifModel(cut, { thresholds: [1, 1], always: [9], suspicion: 1 })).toThrow(/class 9, the model has 4/);
});
