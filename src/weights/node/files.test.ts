import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesIn } from '../../base/bytes.ts';
import { toNumbers } from '../../base/tensor.ts';
import { shared } from '../../testing/shared.ts';
import { toFloat32 } from '../convert.ts';
import { SafetensorsError } from '../errors.ts';
import { encodeSafetensors, parseSafetensors } from '../safetensors.ts';
import { checksum, readSafetensors, writeSafetensors } from './files.ts';

const fixture = fileURLToPath(new URL('../fixtures/all.safetensors', import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yosegi-weights-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readSafetensors and writeSafetensors', () => {
  it('read what parseSafetensors reads, over one block of memory, and write it back byte for byte', async () => {
    const file = await readSafetensors(fixture);
    expect(file).toEqual(parseSafetensors(readFileSync(fixture)));
    const blocks = new Set([...file.tensors.values()].filter((t) => t.data.length > 0).map((t) => t.data.buffer));
    expect(blocks.size).toBe(1);
    const path = join(folder, 'a.safetensors');
    await writeSafetensors(path, file.tensors, file.metadata);
    expect(readFileSync(path).equals(readFileSync(fixture))).toBe(true);
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
  });

  it('read a file whose header is not padded', async () => {
    const json = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const bytes = Buffer.concat([
      Buffer.of(json.length, 0, 0, 0, 0, 0, 0, 0),
      Buffer.from(json),
      Buffer.of(0, 0, 128, 63),
    ]);
    expect(json.length % 4).not.toBe(0);
    const path = join(folder, 'a.safetensors');
    writeFileSync(path, bytes);
    expect((await readSafetensors(path)).tensors.get('a')?.data).toEqual(Float32Array.of(1));
    expect(parseSafetensors(bytes).tensors.get('a')?.data).toEqual(Float32Array.of(1));
  });

  it('name the file in errors', async () => {
    const path = join(folder, 'broken.safetensors');
    writeFileSync(path, readFileSync(fixture).subarray(0, -1));
    await expect(readSafetensors(path)).rejects.toThrow(SafetensorsError);
    await expect(readSafetensors(path)).rejects.toThrow(/broken\.safetensors: .*'.*' ends at byte .*cut off/);
    await expect(readSafetensors(join(folder, 'none'))).rejects.toThrow(/none: ENOENT/);
    await expect(readSafetensors(folder)).rejects.toThrow(/not an ordinary file/);
    await expect(readSafetensors(fixture, { maxBytes: 100 })).rejects.toThrow(/the limit is 100/);
    writeFileSync(path, 'short');
    await expect(readSafetensors(path)).rejects.toThrow(/5 bytes, less than the 8/);
  });
});

describe('checksum', () => {
  it('is SHA-256, of bytes and of a file alike', async () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(await checksum(new TextEncoder().encode('abc'))).toBe(abc);
    const path = join(folder, 'abc');
    writeFileSync(path, 'abc');
    expect(await checksum(path)).toBe(abc);
    await expect(checksum(join(folder, 'none'))).rejects.toThrow(/cannot read .*none/);
  });
});

const real = join(shared, 'mobilenet-v2-imagenet', 'model.safetensors');

const why = existsSync(real) ? '' : ` (skipped: no ${real}; set YOSEGI_SHARED)`;
describe.runIf(existsSync(real))(`the real MobileNetV2 weights${why}`, () => {
  it('are read, and the same after a round trip', async () => {
    const { tensors, metadata } = await readSafetensors(real);
    expect(tensors.size).toBe(262);
    const parameters = [...tensors].filter(([name]) => !name.includes('running_'));
    expect(parameters.reduce((sum, [, t]) => sum + t.data.length, 0)).toBe(3_504_872);
    expect(new Set([...tensors.values()].map((t) => t.dtype))).toEqual(new Set(['float16', 'float32']));
    const classifier = tensors.get('classifier.weight')!;
    expect(classifier).toMatchObject({ dtype: 'float16', shape: [1000, 1280] });
    expect([...toFloat32(classifier).data.subarray(0, 1000)]).toEqual(toNumbers(classifier).slice(0, 1000));
    const again = parseSafetensors(encodeSafetensors(tensors, metadata));
    expect(again.metadata).toEqual(metadata);
    for (const [name, t] of tensors) {
      const { dtype, shape, data } = again.tensors.get(name)!;
      expect({ name, dtype, shape }).toEqual({ name, dtype: t.dtype, shape: t.shape });
      expect(Buffer.compare(bytesIn(data), bytesIn(t.data)), name).toBe(0);
    }
  });
});
