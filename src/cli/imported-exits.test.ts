import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitsOf } from '../models/model.ts';
import { loadRun } from '../run/node/run-folder.ts';
import { workplace } from './testing/photographs.ts';
import { all, yosegi } from './testing/yosegi.ts';

/** A model of another tool gets exits: where its stages end is named, and easy images leave before the end. */
const file = fileURLToPath(new URL('../onnx/import/fixtures/resnet-l13.onnx', import.meta.url));
const ends = ['/maxpool/MaxPool', ...[1, 2, 3, 4].map((n) => `/layer${n}/layer${n}.0/act2/Relu`)].map(
  (name) => `${name}_output_0`,
);
let place: Awaited<ReturnType<typeof workplace>>;
const at = (name: string) => join(place.root, name);

beforeAll(async () => {
  place = await workplace(40);
});
afterAll(() => place.remove());

describe('an imported model with exits', () => {
  it('is trained, calibrated, used and shipped', async () => {
    const imported = await yosegi('import', file, '--out', at('mine'), '--stages', ...ends);
    expect(imported.code, imported.err).toBe(0);
    const how = ['--exits', 'latents=8,layers=1/1/1/1', '--epochs', '2', '--batch', '8', '--val-fraction', '0.3'];
    const trained = await yosegi('train', place.images, '--model', at('mine'), '--out', at('run'), ...how);
    expect(trained.code, trained.err).toBe(0);
    expect(trained.err).toMatch(/\(latent3 \d+\.\d %, latent4 /);

    const { run, model } = await loadRun(at('run'));
    expect(run.overrides).toEqual({ perceiver: { latents: 8, layers: [1, 1, 1, 1], mlpRatio: 2 } });
    expect(exitsOf(model).map((e) => e.name)).toEqual(['latent3', 'latent4', 'backbone', 'merged']);
    expect(model.stages.map((s) => [s.name, s.level, s.channels])).toEqual(
      ends.map((name, i) => [name, [4, 4, 8, 16, 32][i], [64, 8, 12, 16, 16][i]]),
    );

    const [resumed, calibrated] = await all([
      ['train', '--resume', '--out', at('run')],
      ['exits', at('run'), '--budget', '1000ms', '--seconds', '0.1'],
    ]);
    for (const ended of [resumed, calibrated]) expect(ended!.code, ended!.err).toBe(0);
    const [told, exported] = await all([
      ['predict', at('run'), place.images, '--explain'],
      ['export', at('run')],
    ]);
    expect(told!.out).toMatch(/latent3 \d+ %/);
    expect(exported!.code, exported!.err).toBe(0);
    expect((await yosegi('verify', join(at('run'), 'bundle'))).code).toBe(0);
  }, 120_000);

  it('says what is wrong with a stage that is named', async () => {
    const imported = (...names: string[]) => yosegi('import', file, '--out', at('other'), '--stages', ...names);
    const [unknown, flat] = [await imported('/maxpool/MaxPol_output_0'), await imported('logits')];
    expect(unknown.code).not.toBe(0);
    expect(unknown.err).toContain("did you mean '/maxpool/MaxPool_output_0'");
    expect(flat.err).toMatch(/no feature map|there is no value/);
  });
});
