import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbersOf } from '../graph/ops/host.ts';
import { loadRun } from '../run/node/run-folder.ts';
import { readSafetensors } from '../weights/node/files.ts';
import { workplace } from './testing/photographs.ts';
import { all, yosegi } from './testing/yosegi.ts';

/** A model of another tool goes the whole way of one of our own: imported, looked at, used, trained, measured, shipped. */
const file = fileURLToPath(new URL('../onnx/import/fixtures/mobilenetv2-l11.onnx', import.meta.url));
let place: Awaited<ReturnType<typeof workplace>>;
const at = (name: string) => join(place.root, name);

beforeAll(async () => {
  place = await workplace();
  const { code, err } = await yosegi('import', file, '--out', at('mine'));
  expect(code, err).toBe(0);
});
afterAll(() => place.remove());

describe('an imported model', () => {
  it('is told of, predicts and ships as it is', async () => {
    const [info, predicted, exported] = await all([
      ['info', at('mine')],
      ['predict', at('mine'), place.images, '--json'],
      ['export', at('mine')],
    ]);
    expect(info!.code, info!.err).toBe(0);
    expect(info!.out).toMatch(/imported from mobilenetv2-l11\.onnx/);
    expect(predicted!.code, predicted!.err).toBe(0);
    expect(predicted!.out.trim().split('\n')).toHaveLength(36);
    expect(exported!.code, exported!.err).toBe(0);
    expect((await yosegi('verify', join(at('mine'), 'bundle'))).code).toBe(0);
  });

  it('is trained with a new head; the run stands by itself', async () => {
    const train = ['train', place.images, '--model', at('mine'), '--out', at('run'), '--epochs', '2', '--batch', '8'];
    const { code, err } = await yosegi(...train);
    expect(code, err).toBe(0);
    // Nothing of the run points back to the folder it came from.
    await rm(at('mine'), { recursive: true });
    const { run, model, weights } = await loadRun(at('run'));
    expect(run.classes).toHaveLength(3);
    expect(model.classes).toBe(3);
    expect([...weights.keys()].filter((name) => name.startsWith('head.'))).toEqual(['head.weight', 'head.bias']);
    // The new head began with every class as likely.
    const first = (await readSafetensors(join(at('run'), 'first', 'model.safetensors'))).tensors;
    expect(Array.from(numbersOf(first.get('head.weight')!)).every((v) => v === 0)).toBe(true);
    expect(await readdir(join(at('run'), 'source'))).toEqual(['model.json', 'model.onnx', 'model.safetensors']);
    const [info, evaluated, exported, resumed] = await all([
      ['info', at('run')],
      ['eval', at('run')],
      ['export', at('run')],
      ['train', '--resume', '--out', at('run')],
    ]);
    for (const ended of [info, evaluated, exported, resumed]) expect(ended!.code, ended!.err).toBe(0);
    expect((await yosegi('verify', join(at('run'), 'bundle'))).code).toBe(0);
  });
});
