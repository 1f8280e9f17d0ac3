import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { fixturePath, temporaryFolder, trainingExport } from '../imported/testing/folder.ts';
import { modelFile } from '../onnx/import/testing/files.ts';
import { modelOf, node } from '../onnx/import/testing/wire.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { importCommand } from './import.ts';
import { runCommand } from './testing/run-command.ts';
import { yosegi } from './testing/yosegi.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const take = (...args: string[]) => runCommand(importCommand(), args);

describe('yosegi import', () => {
  it('writes a model folder and says what came in, as a user runs it', async () => {
    const { code, out, err } = await yosegi('import', fixturePath('swin-l17'), '--out', at('swin'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/swin: swin-l17\.onnx by pytorch 2\.\d+\.\d+, opset 17/);
    expect(out).toMatch(/image +'image' \[N, 3, 32, 32\], of this size only/);
    expect(out).toMatch(/logits +'logits' \[N, 5\], 5 classes/);
    expect(out).toMatch(
      /860 nodes in the file, \d+ here: .*LayerNormalization 9.*put together from their parts: .*Gelu/,
    );
    expect(out).toMatch(/stages +stride4 \(8 channels\), stride8 \(16 channels\)/);
    expect(out).toMatch(/new head +on 16 features of '\/head\/.*', before Gemm in head\.fc/);
    expect(out).toMatch(/pixels .*0\.485 0\.456 0\.406.*assumed/);
    expect(out).toMatch(/checked +(the very logits|logits to \d\.\de-\d+) of the file \(onnxruntime-node/);
    expect(out).toMatch(/layers\.0\.blocks\.1 +13 +1\.38 k/);
    expect(out).toMatch(/next: yosegi info .*swin; yosegi train DIR --model .*swin --out RUN/);
    for (const file of ['model.json', 'model.onnx', 'model.safetensors'])
      expect(existsSync(join(at('swin'), file))).toBe(true);
  });

  it('takes a file of Keras, with its own pixels and labels', async () => {
    writeFileSync(at('labels.txt'), 'red-iron\nslag\nscratch\nash\nscale\n');
    const { out } = await take(
      fixturePath('keras-13'),
      '--out',
      at('keras'),
      '--preprocessing',
      'bytes',
      '--labels',
      at('labels.txt'),
    );
    expect(out).toMatch(/labels +red-iron, slag, scratch, ash, scale/);
    expect(out).toMatch(/pixels +\(value \/ 255 − 0 0 0\) \/ 0\.003922 0\.003922 0\.003922$/m);
    expect(out).toMatch(/note: the file gives probabilities: the softmax at its end was taken off/);
    expect(out).toMatch(/image +'image' \[N, 3, 48, 48\], of any size/);
    expect(JSON.parse(readFileSync(join(at('keras'), 'model.json'), 'utf8')).labels[2]).toBe('scratch');
  });

  it('takes weights beside the file and in half precision', async () => {
    const { out } = await take(
      fixturePath('vit-d23'),
      '--out',
      at('vit'),
      '--mean',
      '0.5',
      '--std',
      '0.5,0.5,0.5',
      '--json',
    );
    const summary = JSON.parse(out);
    expect(summary).toMatchObject({
      record: { name: 'vit', source: { opset: 23 }, preprocessing: { mean: [0.5, 0.5, 0.5] } },
      assumedPreprocessing: false,
      macs: expect.any(Number),
    });
    expect(summary.agreement.difference).toBeLessThan(2e-5);
    const half = JSON.parse((await take(fixturePath('mobilenetv3-half'), '--out', at('half'), '--json')).out);
    expect(half.agreement.difference).toBeLessThan(5e-3);
    expect(half.blocks.map((b: { block: string }) => b.block)).toContain('features.2');
  });

  it('trains what is asked for, and lists every tensor', async () => {
    const { out } = await take(
      trainingExport,
      '--out',
      at('resnet'),
      '--freeze',
      'conv1.*',
      'bn1.*',
      'layer?.*',
      '--verbose',
    );
    expect(out).toMatch(/weights +165 values are trained, .* are frozen, .* are running statistics/);
    expect(out).toMatch(/^layer1\.0\.bn1\.weight +4 +frozen$/m);
    expect(out).toMatch(/^fc\.weight +5×32 +trainable$/m);
    expect(out).toMatch(/note: it was exported in training mode/);
    const names = (await take(fixturePath('mobilenetv2-l11'), '--out', at('mobile'), '--no-check', '--verbose')).out;
    expect(names).toMatch(/^features\.0\.0\.weight +8×3×3×3 +trainable +onnx::Conv_140$/m);
    expect(names).toMatch(/checked +not compared with the file: it was not asked for/);
    expect(names).toMatch(/note: the file is for one image at a time; its batch was made open/);
  });

  it('cuts a detector at its features', async () => {
    const { out } = await take(fixturePath('detector-l12'), '--out', at('cut'), '--cut', '/down/down.2/Mul_output_0');
    expect(out).toMatch(/logits +none: the model ends at '\/down\/down\.2\/Mul_output_0'/);
    expect(out).toMatch(/checked +not compared with the file: the model was cut/);
  });
});

describe('what cannot be taken', () => {
  const write = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(at(name), bytes);
    return at(name);
  };

  it('is told with every node and reason, and nothing is written', async () => {
    const tails = Array.from({ length: 50 }, (_, i) => node('Det', ['image'], [`d${i}`]));
    const odd = modelOf({
      inputs: { image: ['N', 3, 8, 8] },
      initializers: { w: f32([4, 2, 3, 3]) },
      nodes: [
        ...tails,
        node('Conv', ['image', 'w'], ['c'], {}, { name: '/stem/conv/Conv' }),
        node('Magic', ['c'], ['y']),
      ],
      outputs: ['y'],
    });
    const file = write('odd.onnx', encodeModel(odd));
    const { code, out, err } = await yosegi('import', file, '--out', at('no'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/yosegi: cannot take odd\.onnx because of 52 nodes:/);
    expect(err.match(/\(Det, opset 17\): there is no such operator in yosegi/g)).toHaveLength(50);
    expect(err).toMatch(/\/stem\/conv\/Conv \(Conv, opset 17\): .*the input has 3 channels, the weight wants 2/);
    expect(err).toMatch(/end the model before it: --cut VALUE/);
    expect(err).not.toMatch(/ at .*\.ts:\d/);
    expect(existsSync(at('no'))).toBe(false);
  });

  it.each<[string, () => string, string[], RegExp]>([
    ['no ONNX', () => write('text.onnx', 'just some text'), [], /text\.onnx/],
    ['nothing', () => write('empty.onnx', ''), [], /empty\.onnx|no outputs|it speaks opset none/],
    ['half a file', () => write('half.onnx', encodeModel(modelFile('resnet-l13')).slice(0, 60_000)), [], /half\.onnx/],
    ['no file', () => at('missing.onnx'), [], /cannot read the model .*missing\.onnx.*ENOENT/],
    ['a folder', () => folder, [], /not an ordinary file/],
    [
      'the model without its side file',
      () => write('vit.onnx', readFileSync(fixturePath('vit-d23'))),
      [],
      /vit-d23\.onnx\.data/,
    ],
    [
      'no classifier',
      () => fixturePath('detector-l12'),
      [],
      /what the outputs mean is not sure: 'logits' float32\[N,9,256\]/,
    ],
    [
      'a value that is not there',
      () => fixturePath('resnet-l13'),
      ['--cut', 'layer1'],
      /unknown value of the model 'layer1'/,
    ],
    [
      'a pattern for nothing',
      () => fixturePath('resnet-l13'),
      ['--train', 'classifier*'],
      /no tensor of the model is called/,
    ],
    ['a size that does not fit', () => fixturePath('vit-l14'), ['--size', '48'], /cannot take|images of 48/],
    [
      'two inputs',
      () =>
        write(
          'two.onnx',
          encodeModel(
            modelOf({
              inputs: { image: ['N', 3, 4, 4], extra: ['N', 3, 4, 4] },
              nodes: [node('Add', ['image', 'extra'], ['s']), node('Flatten', ['s'], ['y'])],
              outputs: ['y'],
            }),
          ),
        ),
      [],
      /several inputs could be the image: 'image', 'extra'; say which in --image/,
    ],
    ['two inputs, one chosen', () => at('two.onnx'), ['--image', 'image'], /it reads 'extra' float32\[N,3,4,4\] too/],
    [
      'an open size',
      () => write('open.onnx', encodeModel(openSize)),
      [],
      /takes images of any size; say which in --size/,
    ],
  ])('%s', async (_, file, args, message) => {
    await expect(take(file(), '--out', at('never'), ...args)).rejects.toThrow(message);
    expect(existsSync(at('never'))).toBe(false);
  });

  it('in flags is told before anything is read', async () => {
    await expect(take(at('x'), '--out', at('never'), '--mean', '123.7,116.3,103.5')).rejects.toThrow(/divided by 255/);
    await expect(take(at('x'), '--out', at('never'), '--size', 'big')).rejects.toThrow(/as 64 or 96x128/);
    await expect(take(at('x'), '--out', at('never'), '--preprocessing', 'imagnet')).rejects.toThrow(
      /Did you mean imagenet/,
    );
    await expect(take(at('x'))).rejects.toThrow(/--out/);
  });

  it('is no reason to lose what is in the folder', async () => {
    await take(fixturePath('squeezenet-l17'), '--out', at('kept'), '--no-check');
    await expect(take(fixturePath('squeezenet-l17'), '--out', at('kept'))).rejects.toThrow(/replace it with --force/);
    await take(fixturePath('squeezenet-l17'), '--out', at('kept'), '--force', '--no-check');
  });
});

const openSize = modelOf({
  inputs: { image: ['N', 3, 'h', 'w'] },
  nodes: [node('GlobalAveragePool', ['image'], ['p']), node('Flatten', ['p'], ['y'])],
  outputs: ['y'],
});
