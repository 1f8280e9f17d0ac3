import { classifier, type Model } from '../../../models/model.ts';
import { createModel } from '../../../models/registry.ts';
import { formulaWeights } from '../../../testing/formula.ts';
import { timmConfig } from '../../config.ts';
import { saveWeightsFolder } from '../save.ts';

/** Models that are saved for timm to read: one of any input size, one that is built for its size. */
export const examples: Readonly<Record<string, () => Model>> = {
  mobilenetv2_035: () => createModel('mobilenetv2_035', { size: 64, classes: 3 }),
  vit_tiny_patch16_224: () => createModel('vit_tiny_patch16_224', { size: 96, classes: 3 }),
};

/** Saves an example with formula weights as a hub folder. */
export function saveExample(name: string, folder: string): Promise<void> {
  const model = examples[name]!();
  const config = timmConfig(model, ['good', 'scratched', '錆'], {
    cropPct: 0.9,
    cropMode: 'squash',
    interpolation: 'bilinear',
    mean: [0.1, 0.2, 0.3],
    std: [0.4, 0.5, 0.6],
  });
  return saveWeightsFolder(folder, formulaWeights(classifier(model)), config);
}

// As a program, for reference/weights/read_saved.py: NAME FOLDER.
if (process.argv[1]?.endsWith('saved-examples.ts')) await saveExample(process.argv[2]!, process.argv[3]!);
