import { afterAll, describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { toTheEnd } from '../policy/policy.ts';
import { threeExits } from '../testing/three-exits.ts';
import { exitWeights } from '../testing/weights.ts';
import { cutAtExits } from './cut.ts';
import { planFiles, planSchema, runPlan } from './plan.ts';
import { compileCut } from './staged.ts';

const model = threeExits();
const cut = cutAtExits(model, exitWeights(model));
const policy = { thresholds: [0.5, 0.5], always: [], suspicion: 1 };
const { plan, files } = planFiles(cut, { policy, model: model.name, exits: model.exits.map((e) => e.name) });
const contents = new Map(files);
const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.close());
const x = f32(
  [3, 3, 32, 32],
  Float32Array.from({ length: 3 * 3072 }, (_, i) => Math.sin(i)),
);

describe('a plan', () => {
  it('brings back from files what was cut', async () => {
    const read = planSchema.parse(JSON.parse(JSON.stringify(plan)));
    const [fromFiles, direct] = [
      await runPlan(runtime, read, cut, (f) => contents.get(f)!),
      await compileCut(runtime, cut),
    ];
    for (const p of [policy, toTheEnd(3)]) expect(await fromFiles.run(x, p)).toEqual(await direct.run(x, p));
    expect(fromFiles.exits).toEqual(['early', 'middle', 'last']);
  });

  it('is refused where a part takes what nothing gives', async () => {
    const wrong = structuredClone(plan);
    wrong.stages[1]!.takes.push('carry.99');
    expect(planSchema.safeParse(wrong).error?.message).toContain('which nothing gives');
    // Names that fit on paper, of parts that are others.
    const swapped = { ...plan, stages: plan.stages.map((s, k) => ({ ...s, file: plan.stages[[1, 0, 2][k]!]!.file })) };
    await expect(runPlan(runtime, swapped, cut, (f) => contents.get(f)!)).rejects.toThrow(/does not fit the others/);
    const promising = structuredClone(plan);
    promising.stages[0]!.keeps.push('carry.99');
    await expect(runPlan(runtime, promising, cut, (f) => contents.get(f)!)).rejects.toThrow(/carry\.99/);
  });
});
