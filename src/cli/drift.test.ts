import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitsCommand } from './exits.ts';
import { predictCommand } from './predict.ts';
import { classes, workplace } from './testing/photographs.ts';
import { runCommand } from './testing/run-command.ts';
import { yosegi } from './testing/yosegi.ts';

let place: Awaited<ReturnType<typeof workplace>>;
let [run, val, dark] = ['', '', ''];

beforeAll(async () => {
  place = await workplace(40);
  [run, val, dark] = [join(place.root, 'run'), join(place.images, 'val'), join(place.root, 'dark')];
  await mkdir(dark);
  for (const name of classes) {
    const files = await readdir(join(place.images, name));
    const held = files.filter((_, i) => i % 2 === 0);
    for (const [split, some] of Object.entries({ val: held, train: files.filter((f) => !held.includes(f)) })) {
      await mkdir(join(place.images, split, name), { recursive: true });
      for (const file of some) await rename(join(place.images, name, file), join(place.images, split, name, file));
    }
    // The lamp over the line has failed: a twentieth of the light.
    for (const file of held) {
      const dimmed = sharp(join(val, name, file)).linear(0.05, 0);
      await dimmed.toFile(join(dark, file));
    }
    await rmdir(join(place.images, name));
  }
  const model = ['--model', 'ascan-micro-perceiver', '--size', '32', '--batch', '8', '--threads', '1'];
  const trained = await yosegi('train', place.images, '--out', run, ...model, '--epochs', '3');
  expect(trained.err).toContain('finished');
  await runCommand(exitsCommand(), [run, '--threads', '1', '--seconds', '0.05']);
}, 240_000);
afterAll(() => place.remove());

const times = (n: number, folder: string) => Array.from({ length: n }, () => folder);
const said = async (...folders: string[]) => {
  const { err, out } = await runCommand(predictCommand(), [run, ...folders, '--json', '--top', '1', '--threads', '1']);
  return { err, answers: out.trim().split('\n').length };
};

describe('yosegi predict with a policy', () => {
  it('keeps silent on images like those of the calibration', async () => {
    expect(await said(...times(4, val))).toEqual({ err: '', answers: 240 });
  });

  it('warns of images that are not', async () => {
    const { err, answers } = await said(...times(4, dark));
    expect(answers).toBe(240);
    expect(err).toMatch(
      /^these images are not like those of the calibration: of the last 240, (\d+ %, ){3}\d+ % left at the exits, then (\d+ %, ){3}\d+ %\. Look at the camera and the light; 'yosegi exits' calibrates anew\n$/,
    );
  });

  it('says nothing of a few', async () => {
    expect(await said(...times(3, dark))).toEqual({ err: '', answers: 180 });
  });
});
