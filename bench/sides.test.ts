import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PLAIN, sidesOf, torchModes } from './sides.ts';
import { subjects } from './subjects.ts';

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
    expect(sidesOf(infer!, 'python', file).map((s) => s.name)).toEqual([
      'yosegi',
      ...torchModes.infer.map((m) => `torch ${m}`),
      PLAIN,
    ]);
    expect(sidesOf(train!, 'python').map((s) => s.kind)).toEqual(['yosegi', ...torchModes.train.map(() => 'torch')]);
  });

  it('have the names that bench/peers/modes.py knows', () => {
    const python = readFileSync(new URL('./peers/modes.py', import.meta.url), 'utf8');
    const listed = (name: string) =>
      [...new RegExp(`^${name} = \\((.*)\\)$`, 'm').exec(python)![1]!.matchAll(/'(\w+)'/g)].map((m) => m[1]!);
    expect(listed('TRAIN')).toEqual([...torchModes.train]);
    expect([...listed('TRAIN'), ...listed('INFER')]).toEqual([...torchModes.infer]);
  });
});
