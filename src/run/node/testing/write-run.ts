import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { random } from '../../../base/random.ts';
import { f32, type Tensor } from '../../../base/tensor.ts';
import { preprocessing } from '../../../data/preprocess.ts';
import { nameOf, roleOf } from '../../../graph/graph.ts';
import { classifier, type Model } from '../../../models/model.ts';
import { initialValue } from '../../../nn/init.ts';
import { writeSafetensors } from '../../../weights/node/files.ts';
import type { Run } from '../../records.ts';
import { modelOf } from '../run-folder.ts';

/** For tests: a run of a very small AsCAN, as `yosegi train` would leave it, with weights that were never trained. */
export const smallRun: Run = {
  format: 2,
  task: 'classify',
  name: 'small',
  created: '2025-01-01T00:00:00.000Z',
  yosegi: '0.1.0',
  data: 'no-such-folder',
  model: 'ascan-nano',
  overrides: { stem: 8, widths: [8, 16, 32, 32], layout: 'C|C|CT|T' },
  classes: ['crack', 'dent', 'fine'],
  channels: 3,
  preprocessing: preprocessing({ size: 32, cropPct: 0.9 }),
  options: {},
  parameters: 0,
  macs: 0,
  images: { train: 1, val: 1, test: 1 },
  problems: [],
};

/** Random weights with running statistics that matter: no mean is 0, no variance 1. */
function smallWeights(model: Model, seed = 1): Map<string, Tensor<'float32'>> {
  const values = classifier(model).params.map((p) => {
    const name = nameOf(p)!;
    if (!name.endsWith('running_var') && p.type.shape.length > 1) return [name, initialValue(p, seed)] as const;
    const rng = random(seed, name);
    const base = roleOf(p) === 'statistic' || name.endsWith('.weight') ? 1 : 0;
    const shape = p.type.shape as number[];
    return [
      name,
      f32(
        shape,
        Float32Array.from({ length: shape[0]! }, () => base + 0.5 * (rng.uniform() - 0.5)),
      ),
    ] as const;
  });
  return new Map(values);
}

export async function writeSmallRun(
  folder: string,
  changes: Partial<Run> = {},
): Promise<Map<string, Tensor<'float32'>>> {
  const run = { ...smallRun, ...changes };
  const weights = smallWeights(await modelOf(run, folder));
  await mkdir(join(folder, 'best'), { recursive: true });
  await writeFile(join(folder, 'run.json'), JSON.stringify(run));
  await writeSafetensors(join(folder, 'best', 'model.safetensors'), weights);
  return weights;
}
