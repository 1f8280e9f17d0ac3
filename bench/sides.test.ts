import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PLAIN, sidesOf, torchModes } from './sides.ts';
import { subjects } from './subjects.ts';
import { LATER, tuningSides } from './tuning/race.ts';
import { imagesOf, pictures, tuningKeys, tuningSubject } from './tuning/subjects.ts';

const options = { python: 'python', quick: false, threads: 2 };
const [train, infer] = subjects(['nano'], undefined, true);
const file = {
  file: 'x.onnx',
  shape: [1, 3, 64, 64],
  parameters: 1,
  exporter: 'dynamo',
  opset: 20,
  logits: [],
} as const;

describe('the sides of a race', () => {
  it('are ours, every mode of PyTorch, and its export where there is one', () => {
    expect(sidesOf(infer!, options, file).map((s) => s.name)).toEqual([
      'yosegi',
      ...torchModes.infer.map((m) => `torch ${m}`),
      PLAIN,
    ]);
    expect(sidesOf(train!, options).map((s) => s.kind)).toEqual(['yosegi', ...torchModes.train.map(() => 'torch')]);
  });

  it('are in the modes that were asked for', () => {
    const names = sidesOf(infer!, { ...options, modes: ['eager', 'optimized'] }).map((s) => s.name);
    expect(names).toEqual(['yosegi', 'torch eager', 'torch optimized']);
    // A training step has no frozen weights to optimize for.
    expect(sidesOf(train!, { ...options, modes: ['optimized'] }).map((s) => s.name)).toEqual(['yosegi']);
  });

  it('of fine-tuning are asked for the same thing, whoever they are', () => {
    for (const key of tuningKeys.filter((k) => tuningSubject(k).times === 'step')) {
      const sides = tuningSides(tuningSubject(key), options);
      expect(sides.map((s) => s.name)).toEqual(['yosegi', ...torchModes.train.map((m) => `torch ${m}`)]);
      for (const { request } of sides) expect(request).toMatchObject(tuningSubject(key));
    }
  });

  it('of an epoch are ours in the first and in later ones, and PyTorch on the same pictures', () => {
    const subject = tuningSubject('epoch');
    const sides = tuningSides(subject, { ...options, quick: true });
    expect(sides.map((s) => s.name)).toEqual(['yosegi', LATER, 'torch eager', 'torch channels_last']);
    expect(sides.at(-1)!.request.pictures).toEqual(pictures());
    expect(pictures().files).toHaveLength(1087);
    expect(pictures().files.every(([path, label]) => path.endsWith('g') && label >= 0 && label < subject.classes)).toBe(
      true,
    );
    expect(imagesOf(subject)).toBe(33 * 32);
  });

  it('of the way to the first step are new processes, none of them compiled', () => {
    const sides = tuningSides(tuningSubject('start'), options);
    expect(sides.map((s) => s.name)).toEqual(['yosegi', 'torch eager', 'torch channels_last']);
    for (const { request } of sides)
      expect(String(request.command)).toMatch(/bench\/(tuning\/start\.mjs|peers\/first_step\.py)/);
  });

  it('have the names that bench/peers/modes.py knows', () => {
    const python = readFileSync(new URL('./peers/modes.py', import.meta.url), 'utf8');
    const listed = (name: string) =>
      [...new RegExp(`^${name} = \\((.*)\\)$`, 'm').exec(python)![1]!.matchAll(/'(\w+)'/g)].map((m) => m[1]!);
    expect(listed('TRAIN')).toEqual([...torchModes.train]);
    expect([...listed('TRAIN'), ...listed('INFER')]).toEqual([...torchModes.infer]);
  });
});
