import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { externalize } from '../../onnx/wire/externalize.ts';
import type { Graph, Model as OnnxModel } from '../../onnx/wire/messages.ts';
import { decodeModel, encodeModel } from '../../onnx/wire/model.ts';
import { openPredictor } from '../../predict/node/predictor.ts';
import { writeSmallRun } from '../../run/node/testing/write-run.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { encodeSafetensors, parseSafetensors } from '../../weights/safetensors.ts';
import { MANIFEST, type Manifest, sealManifest } from '../manifest.ts';
import { exportBundle } from './export.ts';
import { loadBundle } from './read.ts';
import { verifyBundle } from './verify.ts';

const native = await nativeRuntime();
let root = '';
let bundle = '';
let manifest: Manifest;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-verify-'));
  await writeSmallRun(join(root, 'run'));
  ({ manifest } = await exportBundle({ run: join(root, 'run'), out: join(root, 'good'), runtime: native }));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  bundle = join(root, 'bundle');
  await rm(bundle, { recursive: true, force: true });
  await cp(join(root, 'good'), bundle, { recursive: true });
});

const filesNamed = async () => (await verifyBundle(bundle)).findings.map((f) => f.file);
const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** Changes the manifest and gives it a new checksum, as somebody would who knows how. */
async function reseal(change: (m: Manifest) => void): Promise<void> {
  const { checksum, ...rest } = structuredClone(manifest);
  const changed = { ...rest, checksum };
  change(changed);
  await writeFile(join(bundle, MANIFEST), sealManifest({ ...rest, ...changed }, sha256));
}

/** Puts new contents under a listed name, with a manifest that fits. */
async function put(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(bundle, path), content);
  await reseal((m) => {
    const entry = m.files.find((f) => f.path === path)!;
    Object.assign(entry, { bytes: Buffer.from(content).length, sha256: sha256(content) });
  });
}

/** A graph that holds another one inside a node. */
function wrapped(outer: Graph, inside: Graph, opType = 'If'): Graph {
  const attribute = [{ name: 'body', type: 'graph', value: inside } as const];
  return { ...outer, node: [{ opType, input: [], output: ['inside'], attribute }, ...outer.node] };
}

describe('verifyBundle', () => {
  it.each([
    ['as exported', {}],
    ['with preprocessing and softmax inside', { embedPreprocessing: true, softmax: true }],
  ])('accepts a bundle %s and replays it in native code and in WASM', async (_name, options) => {
    const { manifest } = await exportBundle({
      run: join(root, 'run'),
      out: bundle,
      force: true,
      runtime: native,
      ...options,
    });
    const result = await verifyBundle(bundle, { runtimes: [native, await wasmRuntime({ threads: 1 })] });
    expect(result.findings).toEqual([]);
    expect(result.ok).toBe(true);
    expect(result.replays.map((r) => r.runtime.split(' ')[0])).toEqual(['onnxruntime-node', 'onnxruntime-web']);
    for (const r of result.replays) {
      expect(r.ok).toBe(true);
      expect(r.worst).toBeLessThanOrEqual(r.tolerance);
      expect(r.images).toBe(manifest.golden.images);
    }
  });

  it('names any file of which one byte is another one', async () => {
    const paths = [MANIFEST, ...manifest.files.map((f) => f.path)];
    const contents = new Map<string, Buffer>();
    for (const path of paths) contents.set(path, await readFile(join(bundle, path)));
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), place, fc.integer({ min: 1, max: 255 }), async (path, where, xor) => {
        const good = contents.get(path)!;
        const bad = Buffer.from(good);
        bad[Math.floor(where * bad.length)]! ^= xor;
        await writeFile(join(bundle, path), bad);
        const result = await verifyBundle(bundle);
        await writeFile(join(bundle, path), good);
        expect(result.ok).toBe(false);
        expect(result.findings.map((f) => f.file)).toEqual([path]);
      }),
      { numRuns: 80 },
    );
    expect((await verifyBundle(bundle)).ok).toBe(true);
  });

  it('names files that were cut short, made longer, or are gone', async () => {
    for (const { path } of manifest.files) {
      const good = await readFile(join(bundle, path));
      for (const bad of [good.subarray(0, -1), Buffer.concat([good, Buffer.of(0)]), Buffer.alloc(0)]) {
        await writeFile(join(bundle, path), bad);
        expect(await filesNamed()).toEqual([path]);
      }
      await rm(join(bundle, path));
      expect((await verifyBundle(bundle)).findings).toEqual([{ file: path, problem: 'is missing' }]);
      await writeFile(join(bundle, path), good);
    }
    await rm(join(bundle, MANIFEST));
    expect(await filesNamed()).toEqual([MANIFEST]);
  });

  it('names what does not belong there', async () => {
    await writeFile(join(bundle, 'run.exe'), 'x');
    await writeFile(join(bundle, 'golden', '.hidden'), 'x');
    await mkdir(join(bundle, 'more'));
    expect(await filesNamed()).toEqual(['golden/.hidden', 'more/', 'run.exe']);
  });

  it('does not follow links, of files or folders', async () => {
    await rename(join(bundle, 'labels.json'), join(root, 'labels.json'));
    await symlink(join(root, 'labels.json'), join(bundle, 'labels.json'));
    expect((await verifyBundle(bundle)).findings).toEqual([
      { file: 'labels.json', problem: 'is a link, not an ordinary file; the file itself must lie in the folder' },
    ]);
    await rm(join(bundle, 'labels.json'));
    await rename(join(root, 'labels.json'), join(bundle, 'labels.json'));
    await rename(join(bundle, 'golden'), join(root, 'golden'));
    await symlink(join(root, 'golden'), join(bundle, 'golden'));
    expect(await filesNamed()).toContain('golden');
    await rm(join(root, 'golden'), { recursive: true });
  });

  it('refuses paths that lead elsewhere, even under a checksum that fits', async () => {
    const bad = [
      '../run/run.json',
      '/etc/passwd',
      'a/../../b',
      'C:\\x',
      'golden\\x',
      'a/b/c',
      './x',
      'con',
      'nul.txt',
      'x.',
      '',
    ];
    for (const path of bad) {
      await reseal((m) => {
        m.files.push({ path, bytes: 0, sha256: sha256('') });
      });
      const [finding] = (await verifyBundle(bundle)).findings;
      expect(finding?.file, path).toBe(MANIFEST);
      expect(finding?.problem, path).toMatch(/plain path inside the bundle/);
    }
    await reseal((m) => {
      m.files.push({ path: 'LABELS.json', bytes: 0, sha256: sha256('') });
    });
    expect((await verifyBundle(bundle)).findings[0]?.problem).toMatch(/twice/);
  });

  it('survives any manifest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        await writeFile(join(bundle, MANIFEST), text);
        expect(await filesNamed()).toEqual([MANIFEST]);
      }),
      { numRuns: 40 },
    );
    await writeFile(join(bundle, MANIFEST), '{"format": 3, "kind": "yosegi-bundle"}');
    expect((await verifyBundle(bundle)).findings[0]?.problem).toMatch(/newer yosegi/);
  });

  it('finds parts that do not fit each other, under checksums that fit', async () => {
    await put('labels.json', '["a", "b"]');
    expect((await verifyBundle(bundle)).findings).toEqual([
      { file: 'labels.json', problem: 'has 2 labels, the model 3 classes' },
    ]);
    await cp(join(root, 'good'), bundle, { recursive: true });
    await put('preprocessing.json', '{"size": [16, 16]}');
    expect(await filesNamed()).toEqual(['preprocessing.json']);
    await cp(join(root, 'good'), bundle, { recursive: true });
    await reseal((m) => {
      m.outputs[0]!.name = 'scores';
    });
    expect(await filesNamed()).toEqual(['model.onnx', 'golden/outputs.safetensors']);
  });

  it('refuses weights outside the bundle, in the model or in a branch of it, and so does opening', async () => {
    const model = decodeModel(await readFile(join(bundle, 'model.onnx')));
    const outside = externalize(model, 'weights.bin', 0).model;
    for (const bad of [outside, { ...model, graph: wrapped(model.graph, outside.graph) }]) {
      await put('model.onnx', encodeModel(bad));
      const [finding, ...more] = (await verifyBundle(bundle)).findings;
      expect(finding).toMatchObject({ file: 'model.onnx' });
      expect(finding!.problem).toMatch(/from weights\.bin: a bundle's model holds all its weights itself/);
      expect(more).toEqual([]);
      await expect(loadBundle(bundle)).rejects.toThrow(/weights\.bin/);
      await expect(openPredictor(bundle, { device: 'wasm' })).rejects.toThrow(/weights\.bin/);
    }
  });

  it('finds operators that are not standard wherever they stand', async () => {
    const model = decodeModel(await readFile(join(bundle, 'model.onnx')));
    const { graph } = model;
    const foreign = { ...graph, node: [{ ...graph.node[0]!, domain: 'com.example' }] };
    const own = { name: 'Relu', domain: '', input: ['x'], output: ['y'], attribute: [], attributeProto: [], node: [] };
    const cases: [Partial<OnnxModel>, RegExp][] = [
      [{ graph: foreign }, /uses com\.example\./],
      [{ graph: wrapped(graph, foreign) }, /uses com\.example\./],
      [{ graph: wrapped(graph, wrapped(graph, foreign, 'Scan'), 'Loop') }, /uses com\.example\./],
      [{ functions: [{ ...own, opsetImport: [] }] }, /defines an operator of its own, Relu/],
      [{ trainingInfo: [{ initializationBinding: [], updateBinding: [] }] }, /training graph/],
    ];
    for (const [change, problem] of cases) {
      await put('model.onnx', encodeModel({ ...model, ...change }));
      const [finding] = (await verifyBundle(bundle)).findings;
      expect(finding).toMatchObject({ file: 'model.onnx', problem: expect.stringMatching(problem) });
    }
  });

  it('replays from the picture to the logits, and so finds a preprocessing that is another one', async () => {
    const { replays, notes } = await verifyBundle(bundle, { runtimes: [native] });
    expect(replays[0]).toMatchObject({ ok: true, pictures: 4 });
    expect(notes).toEqual([]);
    const good = JSON.parse(await readFile(join(bundle, 'preprocessing.json'), 'utf8'));
    const others = [
      { ...good, mean: good.std, std: good.mean },
      { ...good, mean: [...good.mean].reverse() },
      { ...good, cropPct: 1 },
      { ...good, interpolation: 'bilinear' },
    ];
    for (const other of others) {
      await put('preprocessing.json', JSON.stringify(other));
      const result = await verifyBundle(bundle, { runtimes: [native] });
      expect(result.findings, JSON.stringify(other)).toHaveLength(1);
      expect(result.findings[0]!.problem).toMatch(/does not make the golden inputs of the golden pictures/);
      expect(result.replays).toEqual([]);
    }
  });

  it.each([
    ['mean', '[1e308, 0, 0]', /above 10; means are of values in 0 … 1 .*mean.0/],
    ['mean', '[123.7, 116.3, 103.5]', /divide one of bytes by 255/],
    ['mean', '[0, 0, 1e999]', /mean/],
    ['std', '[1e-320, 1, 1]', /below 0\.0001; .*std.0/],
    ['std', '[1, 0, 1]', /std/],
    ['std', '[1, null, 1]', /std/],
    ['mean', '["NaN", 0, 0]', /mean/],
  ])('refuses a preprocessing that cannot be meant: %s %s', async (name, value, problem) => {
    const { [name as 'mean']: _, ...rest } = JSON.parse(await readFile(join(bundle, 'preprocessing.json'), 'utf8'));
    await put('preprocessing.json', `${JSON.stringify(rest).slice(0, -1)}, "${name}": ${value}}`);
    const [finding] = (await verifyBundle(bundle)).findings;
    expect(finding).toMatchObject({ file: 'preprocessing.json', problem: expect.stringMatching(problem) });
    await expect(loadBundle(bundle)).rejects.toThrow(problem);
  });

  it('finds a golden picture that is another one, or none', async () => {
    const path = 'golden/picture-1.png';
    await put(path, await readFile(join(bundle, 'golden/picture-2.png')));
    expect((await verifyBundle(bundle)).findings[0]!.problem).toMatch(/golden\/picture-1\.png is off by/);
    await put(path, 'no picture');
    expect(await filesNamed()).toEqual([path]);
  });

  it('still takes a bundle without golden pictures, and says what it could not check', async () => {
    await reseal((m) => {
      m.files = m.files.filter((f) => !f.path.endsWith('.png'));
    });
    for (const i of [0, 1, 2, 3]) await rm(join(bundle, `golden/picture-${i}.png`));
    const { ok, notes, replays } = await verifyBundle(bundle, { runtimes: [native] });
    expect({ ok, pictures: replays[0]!.pictures }).toEqual({ ok: true, pictures: 0 });
    expect(notes).toEqual([expect.stringMatching(/picture to the input was not checked.*export it again/)]);
    await loadBundle(bundle);
  });

  it('fails the replay when outputs are not what the model gives', async () => {
    const path = 'golden/outputs.safetensors';
    const outputs = parseSafetensors(await readFile(join(bundle, path)), { copy: true }).tensors;
    const logits = outputs.get('logits')!;
    logits.data[4] = Number(logits.data[4]) + 1;
    await put(path, encodeSafetensors(outputs));
    const result = await verifyBundle(bundle, { runtimes: [native] });
    expect(result.findings).toEqual([]);
    expect(result.ok).toBe(false);
    expect(result.replays[0]).toMatchObject({ ok: false, image: 1 });
    expect(result.replays[0]!.worst).toBeCloseTo(1, 4);
  });
});

it('loadBundle refuses a changed model', async () => {
  const file = join(bundle, 'model.onnx');
  const bytes = await readFile(file);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(file, bytes);
  await expect(loadBundle(bundle)).rejects.toThrow(/model\.onnx was changed/);
});
