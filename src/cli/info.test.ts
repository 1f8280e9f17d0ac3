import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../base/tensor.ts';
import { roleOf } from '../graph/graph.ts';
import { exitsGraph } from '../models/model.ts';
import { createModel, modelNames } from '../models/registry.ts';
import { writeSmallRun } from '../run/node/testing/write-run.ts';
import { infoCommand } from './info.ts';
import { runCommand } from './testing/run-command.ts';

const info = (...args: string[]) => runCommand(infoCommand(), args);

describe('yosegi info', () => {
  it('shows parts, shapes, parameters, work and the layout', async () => {
    const { out } = await info('ascan-tiny', '--size', '224');
    expect(out).toContain('53.0 M parameters, 10.3 G MACs');
    expect(out).toContain('▣▣ 96 │ ▣▣▣◈ 192 │ ▣▣◈◈ 384 │ ▣◈◈◈ 768');
    expect(out).toMatch(/stages\.1 +192 × 28 × 28 +█{4} +4\.25 M +3\.55 G +34\.5 %/);
    const widths = out.split('\n').flatMap((line) => / (█+) {2,}\d/.exec(line)?.[1]?.length ?? []);
    expect(widths).toEqual([14, 7, 4, 2, 1]);
  });

  it('takes size, classes, channels and layout, and prints JSON whose parts add up', async () => {
    const { out } = await info(
      'ascan-nano',
      '--size',
      '64x96',
      '--classes',
      '7',
      '--channels',
      '1',
      '--layout',
      'C|C|C|CT',
      '--json',
    );
    const p = JSON.parse(out);
    expect(p).toMatchObject({
      name: 'ascan-nano',
      size: [64, 96],
      classes: 7,
      channels: 1,
      picture: '▣ 32 │ ▣ 64 │ ▣ 128 │ ▣◈ 256',
    });
    expect(p.parts.map((part: { shape: number[] }) => part.shape)).toEqual([
      [32, 32, 48],
      [32, 16, 24],
      [64, 8, 12],
      [128, 4, 6],
      [256, 2, 3],
      [256],
      [7],
    ]);
    const sum = (key: string) => p.parts.reduce((n: number, part: Record<string, number>) => n + part[key]!, 0);
    expect(sum('parameters')).toBe(p.parameters);
    expect(sum('macs')).toBe(p.macs);
    expect(sum('share')).toBeCloseTo(1, 12);
  });

  it('counts all exits of a model with exits, and the work up to each', async () => {
    const { out } = await info('ascan-micro-perceiver', '--size', '64', '--classes', '7');
    const p = JSON.parse((await info('ascan-micro-perceiver', '--size', '64', '--classes', '7', '--json')).out);
    expect(p.exits.map((e: { name: string }) => e.name)).toEqual(['latent3', 'latent4', 'backbone', 'merged']);
    const macs: number[] = p.exits.map((e: { macs: number }) => e.macs);
    expect(macs).toEqual([...macs].sort((a, b) => a - b));
    expect(macs[0]).toBeGreaterThan(0);
    expect(macs.at(-1)).toBe(p.macs);
    const trained = exitsGraph(createModel('ascan-micro-perceiver', { size: 64, classes: 7 })).params;
    const sizes = trained.flatMap((v) => (roleOf(v) === 'trainable' ? [sizeOf(v.type.shape as number[])] : []));
    expect(p.parameters).toBe(sizes.reduce((a, b) => a + b, 0));
    expect(out).toMatch(/exit +MACs up to it +work\nlatent3 +\S+ M +\d+\.\d %\n(.+\n){2}merged +\S+ M +100\.0 %\n$/);
    expect((await info('ascan-micro')).out).not.toContain('MACs up to it');
  });

  it('shows the configuration and what it means, and the stages with their real sizes', async () => {
    const { out } = await info('convnext_atto', '--size', '100');
    expect(out).toMatch(/stage +level +channels +size +pixels a cell\n(.+\n)?stages\.1 +8 +80 +12 × 12 +8\.33\n/);
    expect(out).toMatch(/\nwidths +40, 80, 160, 320 +channels of each stage\n/);
    expect(out).toMatch(/\nkernel +7 +side of the depthwise convolutions, odd/);
    const p = JSON.parse((await info('ascan-micro', '--size', '64', '--json')).out);
    expect(p.stages[1]).toEqual({ name: 'stages.1', level: 8, channels: 32, height: 8, width: 8, stride: [8, 8] });
    expect(p.settings).toContainEqual({ name: 'headDim', value: 32, meaning: 'channels of one attention head' });
  });

  it('lists all models, and why one cannot be built', async () => {
    const { out } = await info();
    for (const name of modelNames()) expect(out).toContain(name);
    expect(out).toMatch(/ascan-large +224×224 +146 M +26\.5 G/);
    expect((await info('--layout', 'C|CT')).out).toMatch(/ascan-tiny cannot be built so: a layout has four stages/);
  });

  it('lists what is in the box, and where it comes from', async () => {
    const { out } = await info();
    expect(out).toMatch(
      /\nbox:mobilenetv2-imagenet +tf_mobilenetv2_100 +6\.90 MiB +Apache-2\.0 +MobileNetV2, trained by Google/,
    );
    expect(out).toMatch(/\nbox:ascan-micro-distilled +ascan-micro +3\.30 MiB +Apache-2\.0 +AsCAN-micro, taught by/);
    const own = (await info('box:ascan-micro-distilled')).out;
    expect(own).toMatch(/^box:ascan-micro-distilled: AsCAN-micro, .*\nbackbone 3\.30 MiB.*yosegi distill/);
    const one = (await info('box:mobilenetv2-imagenet')).out;
    expect(one).toMatch(/^box:mobilenetv2-imagenet: MobileNetV2, .*\nbackbone 4\.46 MiB, classifier .*google-coral/);
    expect(one).toContain('tf_mobilenetv2_100: 3 × 224 × 224 → 1000 classes');
    await expect(info('box:mobilenet')).rejects.toThrow(
      /did you mean 'mobilenetv2-imagenet'|Known: mobilenetv2-imagenet/,
    );
  });

  it('describes the model of a run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'yosegi-info-'));
    await writeSmallRun(folder);
    for (const path of [folder, join(folder, 'run.json')]) {
      expect((await info(path)).out).toContain('ascan-nano: 3 × 32 × 32 → 3 classes');
    }
    await expect(info(folder, '--size', '64')).rejects.toThrow(/a run has its own size/);
    await rm(folder, { recursive: true });
  });

  it('answers a wrong name with the nearest one, and a wrong size with what it may be', async () => {
    await expect(info('ascan-tinny')).rejects.toThrow(/did you mean 'ascan-tiny'/);
    await expect(info('ascan-tiny', '--size', 'big')).rejects.toThrow(/--size.*'big' is invalid/);
  });
});
