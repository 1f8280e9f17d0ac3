import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import ort from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, plain } from '../testing/fixtures.ts';
import { OnnxFormatError } from '../wire/errors.ts';
import { internalize } from '../wire/externalize.ts';
import type { Model } from '../wire/messages.ts';
import { decodeModel } from '../wire/model.ts';
import { tensorFromProto } from '../wire/tensor.ts';
import { externalReader } from './external-reader.ts';
import { readModelFile, writeModelFile } from './files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yosegi-onnx-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const convnet = decodeModel(fixture('convnet.onnx'));
const controlFlow = decodeModel(fixture('control-flow.onnx'));

async function run(path: string, shape: number[]): Promise<unknown> {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
  const size = shape.reduce((a, b) => a * b, 1);
  const x = new ort.Tensor(
    'float32',
    Float32Array.from({ length: size }, (_, i) => Math.cos(i)),
    shape,
  );
  const results = await session.run({ x });
  await session.release();
  return Object.entries(results).map(([name, t]) => [name, t.dims, t.data]);
}

/** What was thrown, or a failure of the test. */
async function refusal(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(OnnxFormatError);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('nothing was thrown');
}

describe('writeModelFile and readModelFile', () => {
  it.each<[string, Model, number[]]>([
    ['convnet', convnet, [2, 3, 24, 24]],
    ['control-flow', controlFlow, [3, 40]],
  ])('%s computes the same bits with its weights inside and outside', async (name, model, shape) => {
    const whole = join(folder, 'whole.onnx');
    expect((await writeModelFile(whole, model)).files).toEqual([whole]);
    const expected = await run(whole, shape);
    for (const external of [true, 0, 400]) {
      const split = join(folder, `split-${external}.onnx`);
      const { files, bytes } = await writeModelFile(split, model, { external });
      if (!(name === 'control-flow' && external === true)) expect(files).toEqual([split, `${split}.data`]);
      expect(bytes).toBe(files.reduce((sum, f) => sum + readFileSync(f).length, 0));
      expect(await run(split, shape)).toEqual(expected);
      const back = await readModelFile(split);
      expect(plain(internalize(back.model, back.readExternal))).toEqual(plain(model));
    }
    expect(readdirSync(folder).filter((f) => f.endsWith('.tmp'))).toEqual([]);
  });

  it('reads the side file of a model by the Python package', async () => {
    for (const name of ['external.onnx', 'external.onnx.data']) writeFileSync(join(folder, name), fixture(name));
    const { model, readExternal } = await readModelFile(join(folder, 'external.onnx'));
    const read = model.graph.initializer.map((t) => tensorFromProto(t, { readExternal }));
    expect(read).toEqual(convnet.graph.initializer.map((t) => tensorFromProto(t)));
  });

  it('refuses to write a model whose weights still lie elsewhere', async () => {
    const model = decodeModel(fixture('external.onnx'));
    expect(await refusal(() => writeModelFile(join(folder, 'a.onnx'), model))).toMatch(/'w1' still lies.*internalize/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names the file in errors', async () => {
    const path = join(folder, 'broken.onnx');
    writeFileSync(path, fixture('convnet.onnx').subarray(0, 500));
    expect(await refusal(() => readModelFile(path))).toMatch(/broken\.onnx: broken ONNX file: graph/);
    expect(await refusal(() => readModelFile(join(folder, 'none.onnx')))).toMatch(/none\.onnx: ENOENT/);
    expect(await refusal(() => readModelFile(folder))).toMatch(/not an ordinary file/);
    expect(await refusal(() => readModelFile(path, { limits: { maxBytes: 400 } }))).toMatch(
      /500 bytes; the limit is 400/,
    );
  });

  it('leaves the old files alone when writing fails', async () => {
    const path = join(folder, 'model.onnx');
    mkdirSync(`${path}.data`);
    await writeModelFile(path, controlFlow);
    const before = readFileSync(path);
    await expect(writeModelFile(path, convnet, { external: true })).rejects.toThrow(/model\.onnx\.data/);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'model.onnx.data']);
  });
});

describe('externalReader', () => {
  it('reads only ordinary files inside the folder, links followed', async () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'secret'), 'secret');
    writeFileSync(join(home, 'sub/inside'), 'inside');
    symlinkSync(join(folder, 'secret'), join(home, 'escape'));
    symlinkSync(folder, join(home, 'up'));
    symlinkSync('sub/inside', join(home, 'friend'));
    symlinkSync('loop', join(home, 'loop'));
    execFileSync('mkfifo', [join(home, 'pipe')]);
    const read = externalReader(home);
    expect(Buffer.from(read('sub/inside', 2, 4)).toString()).toBe('side');
    expect(Buffer.from(read('friend', 0, 6)).toString()).toBe('inside');
    expect(await refusal(() => read('escape', 0, 6))).toMatch(/link out of the model's folder/);
    expect(await refusal(() => read('up/secret', 0, 6))).toMatch(/link out of the model's folder/);
    expect(await refusal(() => read('../secret', 0, 6))).toMatch(/leads out/);
    expect(await refusal(() => read('loop', 0, 1))).toMatch(/ELOOP/);
    expect(await refusal(() => read('missing', 0, 1))).toMatch(/'missing'.*ENOENT/);
    expect(await refusal(() => read('sub', 0, 1))).toMatch(/not an ordinary file/);
    expect(await refusal(() => read('pipe', 0, 1))).toMatch(/not an ordinary file/);
  });

  it('reads nothing outside the folder, whatever a model says', async () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'secret'), 'secret');
    writeFileSync(join(home, 'sub', 'inside'), 'inside');
    symlinkSync(folder, join(home, 'up'));
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      'sub',
      'inside',
      'secret',
      'home',
      'up',
      '%2e%2e',
      '\0',
      'C:',
      '~',
      'file:',
      folder,
    );
    const place = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 6 }), fc.constantFrom('/', '/', '\\', '//'))
      .map(([parts, between]) => parts.join(between));
    const range = fc.record({
      offset: fc.constantFrom('0', '1', '-1', '9e9', 'x'),
      length: fc.constantFrom('6', '5', '0'),
    });
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(place, fc.constant('sub/inside')), range, (location, { offset, length }) => {
        const tensor = {
          name: 'w',
          dataType: 3,
          dims: [Number(length)],
          dataLocation: 1,
          externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({ key, value })),
        };
        try {
          const { data } = tensorFromProto(tensor, { readExternal: externalReader(home) });
          expect('inside').toContain(Buffer.from(data as Int8Array).toString());
          read++;
        } catch (error) {
          if (!(error instanceof OnnxFormatError)) throw error;
        }
      }),
      { seed: 3, numRuns: 1500 },
    );
    expect(read).toBeGreaterThan(20);
  });

  it('checks the range against the file before it takes memory, and the sum against its limit', async () => {
    copyFileSync(new URL('../fixtures/external.onnx.data', import.meta.url), join(folder, 'w'));
    const read = externalReader(folder);
    expect(await refusal(() => read('w', 0, 2 ** 32))).toMatch(/asked of .*which has 21440/);
    expect(await refusal(() => read('w', 21_430, 11))).toMatch(/21430 to 21441/);
    const little = externalReader(folder, 1000);
    little('w', 0, 600);
    expect(await refusal(() => little('w', 0, 600))).toMatch(/more than 1000 bytes together/);
  });
});
