import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { writeSafetensors } from '../../weights/node/files.ts';
import { loadRun } from './run-folder.ts';
import { smallRun, writeSmallRun } from './testing/write-run.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yosegi-run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As version 0.1 wrote it. */
const line = {
  epoch: 0,
  step: 10,
  trainLoss: 1,
  trainAccuracy: 0.5,
  valLoss: null,
  valAccuracy: null,
  learningRate: 0.001,
  imagesPerSecond: 10,
  seconds: 1,
  best: true,
};

/** The same as it is read today. */
const epoch = {
  epoch: 0,
  step: 10,
  trainLoss: 1,
  train: { accuracy: 0.5 },
  val: null,
  learningRate: 0.001,
  imagesPerSecond: 10,
  seconds: 1,
  best: true,
};

describe('loadRun', () => {
  it('builds the model again and reads its weights and epochs', async () => {
    const weights = await writeSmallRun(folder);
    await writeFile(join(folder, 'log.jsonl'), `${JSON.stringify(line)}\n{"epoch": 1, "st`);
    const loaded = await loadRun(folder);
    expect(loaded.run).toEqual(smallRun);
    expect(loaded.model.classes).toBe(3);
    expect(loaded.model.size).toEqual([32, 32]);
    expect(loaded.weights).toEqual(weights);
    expect(loaded.epochs).toEqual([epoch]);
  });

  it('takes a run without a log', async () => {
    await writeSmallRun(folder);
    expect((await loadRun(folder)).epochs).toEqual([]);
  });

  it('says that a folder is no run', async () => {
    await expect(loadRun(folder)).rejects.toThrow(/not a run folder: it has no run\.json.*yosegi train/);
  });

  it('says that training has not come to an epoch yet', async () => {
    await writeSmallRun(folder);
    await rm(join(folder, 'best'), { recursive: true });
    await expect(loadRun(folder)).rejects.toThrow(/first epoch has not ended/);
  });

  it('names what is wrong in run.json', async () => {
    await writeSmallRun(folder);
    await writeFile(join(folder, 'run.json'), '{"format": 1, ');
    await expect(loadRun(folder)).rejects.toThrow(/run\.json is not JSON/);
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...smallRun, classes: 'none' }));
    await expect(loadRun(folder)).rejects.toThrow(/run\.json is not what .*classes.*another version/s);
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...smallRun, parameters: -5 }));
    await expect(loadRun(folder)).rejects.toThrow(/run\.json is not what .*parameters/s);
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...smallRun, model: 'ascan-tinny' }));
    await expect(loadRun(folder)).rejects.toThrow(/did you mean 'ascan-tiny'/);
  });

  it('names weights that do not belong to the model', async () => {
    const weights = await writeSmallRun(folder);
    const path = join(folder, 'best', 'model.safetensors');
    await writeFile(path, 'rubbish, more than eight bytes');
    await expect(loadRun(folder)).rejects.toThrow(/model\.safetensors.*resume it: the next best epoch/s);
    weights.delete('stem.conv1.weight');
    weights.set('norm.weight', f32([1], [1]));
    weights.set('other', f32([1], [1]));
    await writeSafetensors(path, weights);
    await expect(loadRun(folder)).rejects.toThrow(
      /stem\.conv1\.weight is missing; norm\.weight is float32\[1\], not float32\[32\]; other is not part of the model/,
    );
  });

  it('names the line of a log that cannot be read', async () => {
    await writeSmallRun(folder);
    await writeFile(join(folder, 'log.jsonl'), `${JSON.stringify(line)}\nnonsense\n${JSON.stringify(line)}\n`);
    await expect(loadRun(folder)).rejects.toThrow(/log\.jsonl, line 2, is no epoch/);
    const wrong = { ...epoch, val: { accuracy: 5, loss: 1 } };
    await writeFile(join(folder, 'log.jsonl'), `${JSON.stringify(wrong)}\n`);
    await expect(loadRun(folder)).rejects.toThrow(/line 1, is no epoch: accuracy 5 is no share/);
  });
});
