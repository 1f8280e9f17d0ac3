import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { classifier } from '../../models/model.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { classify } from '../../tasks/classify/classify.ts';
import { formulaInput } from '../../testing/formula.ts';
import { fitWeights } from '../fit.ts';
import { checksum, readSafetensors } from './files.ts';
import { resolveWeights } from './resolve.ts';
import { saveWeights } from './save.ts';
import { examples, saveExample } from './testing/saved-examples.ts';

/** What timm and PyTorch saw in the very same files; recorded by reference/weights/read_saved.py. */
interface Seen {
  readonly name: string;
  readonly sha256: string;
  readonly metadata: Record<string, string>;
  readonly tensors: number;
  readonly labels: string[];
  readonly input: { readonly input_size: number[]; readonly crop_pct: number; readonly interpolation: string };
  readonly logits: number[];
}

const seen: Seen[] = JSON.parse(readFileSync(new URL('../fixtures/saved.json', import.meta.url), 'utf8'));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yosegi-save-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(seen)('$name', (theirs) => {
  it('is saved as timm loaded it strictly, and loads here to the same logits', async () => {
    await saveExample(theirs.name, folder);
    expect(await checksum(join(folder, 'model.safetensors'))).toBe(theirs.sha256);
    const { tensors, metadata, config } = await resolveWeights(folder);
    expect(metadata).toEqual(theirs.metadata);
    expect(tensors.size).toBe(theirs.tensors);
    expect(config?.labels).toEqual(theirs.labels);
    expect([3, ...config!.input.size]).toEqual(theirs.input.input_size);
    expect(config?.input).toMatchObject({
      cropPct: theirs.input.crop_pct,
      interpolation: theirs.input.interpolation,
    });
    const model = examples[theirs.name]!();
    const { weights, report } = fitWeights(classify.network(model, {}), tensors, { head: 'keep' });
    expect(report.surplus).toEqual([]);
    const program = await compile(await nativeRuntime(), classifier(model), { constants: weights, target: 'standard' });
    const { logits } = await program.run({ image: formulaInput('input', [1, 3, ...model.size]) });
    await program.close();
    const scale = Math.max(...theirs.logits.map(Math.abs));
    theirs.logits.forEach((v, i) => {
      expect(Math.abs(Number(logits!.data[i]) - v) / scale).toBeLessThan(1e-4);
    });
  });
});

it('saveWeights makes the folder, says the format and takes further notes', async () => {
  const path = join(folder, 'a', 'b', 'model.safetensors');
  await saveWeights(path, [['x', f32([2], [1, 2])]], { model: 'toy' });
  expect(await readSafetensors(path)).toEqual({
    metadata: { format: 'pt', model: 'toy' },
    tensors: new Map([['x', f32([2], [1, 2])]]),
  });
});
