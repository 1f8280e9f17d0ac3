import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../base/tensor.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { preprocess, preprocessing } from '../../data/preprocess.ts';
import { nameOf } from '../../graph/graph.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile, type Program } from '../../runtime/runtime.ts';
import { formulaInput } from '../../testing/formula.ts';
import { shared } from '../../testing/shared.ts';
import { readSafetensors } from '../../weights/node/files.ts';
import { classifier } from '../model.ts';
import { createModel } from '../registry.ts';

/**
 * ResNet-20 with weights trained on CIFAR-10, which load by name. They are not part of the repository: they are looked for in the
 * folder YOSEGI_SHARED, or else in ../shared/data.
 */
const file = `${shared}/resnet20-cifar10/model.safetensors`;
const photos = `${shared}/sample-photos`;
const missing = [file, photos].filter((path) => !existsSync(path));
const title = 'ResNet-20 with CIFAR-10 weights';
const why = ` (skipped: no ${missing.join(' and ')}; set YOSEGI_SHARED)`;

const labels = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Logits of the PyTorch definition in reference/models/resnet.py with these weights, float64, for formulaInput('input', [2, 3, 32, 32]). */
const expected = [
  [
    -5.79944531, -5.56466374, 8.99214515, 6.19585345, 4.31788732, -4.84079415, 9.48834246, -5.49328706, -3.29524976,
    -3.9976033,
  ],
  [
    -2.47148975, -4.80165214, 9.89532465, 2.08253625, 3.39696545, -6.47951842, 10.60274598, -6.62556054, -3.71445367,
    -1.87264539,
  ],
];

describe.skipIf(missing.length > 0)(missing.length > 0 ? title + why : title, () => {
  const g = classifier(createModel('resnet20', { classes: 10 }));
  let weights: ReadonlyMap<string, Tensor>;
  let program: Program;

  beforeAll(async () => {
    weights = (await readSafetensors(file)).tensors;
    program = await compile(await nativeRuntime(), g, { constants: new Map(weights), target: 'standard' });
    return () => program.close();
  });

  it('has the parameters of the file, by name and shape', () => {
    const ours = g.params.map((p) => [nameOf(p)!, p.type.shape]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries([...weights].map(([name, t]) => [name, t.shape])));
  });

  it('gives the logits of the reference', async () => {
    const { logits } = await program.run({ image: formulaInput('input', [2, 3, 32, 32]) });
    expected.flat().forEach((e, i) => {
      expect(Math.abs(Number(logits!.data[i]) - e)).toBeLessThan(1e-3);
    });
  });

  it.each([
    ['cat_720p.jpg', 'cat'],
    ['bird.png', 'bird'],
    ['owl.jpg', 'bird'],
    ['sparrow.png', 'bird'],
    ['parrot.jpg', 'bird'],
  ])('%s shows a %s', async (photo, label) => {
    const image = preprocess([await decodeImage(`${photos}/${photo}`)], preprocessing({ size: 32 }));
    const { logits } = await program.run({ image });
    const values = Array.from(logits!.data, Number);
    expect(labels[values.indexOf(Math.max(...values))]).toBe(label);
  });
});
