import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../data/node/decode.ts';
import { preprocess, preprocessing } from '../../data/preprocess.ts';
import { classifier } from '../../models/model.ts';
import { createModel } from '../../models/registry.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { classify } from '../../tasks/classify/classify.ts';
import { fitWeights } from '../fit.ts';
import { boxEntries, boxWeights } from './box.ts';
import { resolveWeights } from './resolve.ts';

describe('weights in the box', () => {
  it('fit the network that they say they are of, with licence and origin beside them, below 8 MB', async () => {
    const entries = await boxEntries();
    expect(entries.map((e) => e.name)).toEqual(['mobilenetv2-imagenet', 'ascan-micro-distilled']);
    for (const { name, folder, files, licence, config } of entries) {
      const { tensors } = await boxWeights(name);
      const model = createModel(config.architecture, {
        ...(config.classes > 0 && { classes: config.classes }),
        size: config.input.size,
      });
      const { report } = fitWeights(classify.network(model, {}), tensors, { head: files.classifier ? 'keep' : 'auto' });
      expect(report).toMatchObject({ surplus: [], adapted: [] });
      // Taught at 64 pixels, to be fine-tuned at 128.
      expect(report.resized.every((key) => key.endsWith('relative_position_bias_table'))).toBe(true);
      expect([...tensors.values()].every((t) => t.dtype === 'float32')).toBe(true);
      const text = await readFile(join(folder, 'LICENSE'), 'utf8');
      expect(text).toContain(licence === 'Apache-2.0' ? 'Apache License' : licence);
      expect((await readFile(join(folder, 'README.md'), 'utf8')).length).toBeGreaterThan(200);
      for (const file of Object.values(files)) expect((await stat(join(folder, file!.file))).size).toBeLessThan(8e6);
    }
  });

  it('come with or without the classifier', async () => {
    const { tensors } = await boxWeights('mobilenetv2-imagenet', { classifier: false });
    expect([...tensors.keys()].some((name) => name.startsWith('classifier'))).toBe(false);
    const { report } = fitWeights(classify.network(createModel('tf_mobilenetv2_100', { classes: 7 }), {}), tensors);
    expect(report).toMatchObject({
      fresh: ['classifier.weight', 'classifier.bias'],
      missing: ['classifier.weight', 'classifier.bias'],
      surplus: [],
    });
  });

  it('are found by train --weights, and a wrong name is answered with the nearest', async () => {
    const { tensors, config } = await resolveWeights('box:mobilenetv2-imagenet');
    expect(tensors.size).toBe(262);
    expect(config).toMatchObject({ architecture: 'tf_mobilenetv2_100', classes: 1000 });
    await expect(resolveWeights('box:mobilnetv2-imagenet')).rejects.toThrow(/did you mean 'mobilenetv2-imagenet'/);
  });

  it('see a cheeseburger, as the original does', async () => {
    const { tensors, config } = await boxWeights('mobilenetv2-imagenet');
    const program = await compile(await nativeRuntime(), classifier(createModel(config.architecture)), {
      constants: tensors,
      target: 'standard',
    });
    const photo = fileURLToPath(new URL('fixtures/burger.jpg', import.meta.url));
    const image = preprocess([await decodeImage(photo)], preprocessing(config.input));
    const logits = Array.from((await program.run({ image })).logits!.data, Number);
    await program.close();
    const best = logits.indexOf(Math.max(...logits));
    expect(config.labels![best]).toBe('cheeseburger');
    const total = logits.reduce((sum, v) => sum + Math.exp(v - logits[best]!), 0);
    // The original gives 0.9814 (reference: the folder's own expected.json in ../shared).
    expect(1 / total).toBeCloseTo(0.981, 2);
  });
});
