import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nativeRuntime } from '../../../runtime/node/native.ts';
import { wasmRuntime } from '../../../runtime/node/wasm.ts';
import { shared } from '../../../testing/shared.ts';
import { tokenizerOf } from '../../../text/tokenizer.ts';
import { captionReader } from '../../caption-reader.ts';
import { openTextEncoder } from './text-encoder.ts';

/**
 * All-MiniLM-L6-v2 with its own weights, which are not part of the repository: they are looked for in the folder YOSEGI_MINILM, or else in
 * ../shared/data/all-minilm-l6-v2 (reference/text/minilm.py says where they are from).
 */
const folder = process.env.YOSEGI_MINILM ?? `${shared}/all-minilm-l6-v2`;
const there = existsSync(join(folder, 'model.safetensors'));
const why = there ? '' : ` (skipped: no ${folder}; set YOSEGI_MINILM)`;

interface Read {
  readonly caption: string;
  readonly ids: number[];
  readonly first: number[];
  readonly last: number[];
  readonly pooled: number[];
}
const { length, captions }: { length: number; captions: Read[] } = JSON.parse(
  readFileSync(new URL('fixtures/minilm.json', import.meta.url), 'utf8'),
);

describe.skipIf(!there)(`MiniLM with its own weights${why}`, () => {
  it('reads captions as transformers does, natively and in WASM', { timeout: 120_000 }, async () => {
    const { files, width, most } = await openTextEncoder(folder, { length });
    expect([width, most]).toEqual([384, 512]);
    const tokenizer = tokenizerOf(files.tokenizer, files.settings);
    for (const runtime of [await nativeRuntime(), await wasmRuntime({ threads: 1 })]) {
      const reader = captionReader(tokenizer, await runtime.load(files.encoder), { length, width });
      const { text, mask, pooled } = await reader.read(captions.map(({ caption }) => caption));
      await reader.close();
      let worst = 0;
      const near = (found: number | undefined, wanted: number) => {
        worst = Math.max(worst, Math.abs(found! - wanted));
      };
      for (const [k, { caption, ids, first, last, pooled: whole }] of captions.entries()) {
        expect(tokenizer.encode(caption.trim(), length).ids, caption).toEqual(ids);
        expect(mask.data.subarray(k * length, (k + 1) * length).reduce((a, b) => a + b, 0)).toBe(ids.length);
        ids.forEach((_, i) => {
          near(text.data[(k * length + i) * width], first[i]!);
          near(text.data[(k * length + i + 1) * width - 1], last[i]!);
        });
        whole.forEach((v, i) => {
          near(pooled.data[k * width + i], v);
        });
      }
      expect(worst).toBeLessThan(1e-4);
    }
  });
});
