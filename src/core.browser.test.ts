import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32 } from './base/tensor.ts';
import { nativeRuntime } from './runtime/node/native.ts';
import { findChromium } from './runtime/web/testing/chromium.ts';
import { type Photos, predict, smallModel, type Trained, trainSmall } from './runtime/web/testing/page.ts';
import { softwareGpuRuntime } from './runtime/web/testing/remote.ts';
import { openSite, type Site } from './runtime/web/testing/site.ts';

const executablePath = findChromium('core.browser.test');

const photos: Photos = JSON.parse(
  readFileSync(new URL('./runtime/web/fixtures/x-sdd-36.json', import.meta.url), 'utf8'),
);
const STEPS = 120;
const RATE = 0.08;

describe.skipIf(!executablePath)('core in a browser tab', () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite(executablePath!, 'page');
  });
  afterAll(() => site?.close());

  async function train(path: string, steps: number, threads: number): Promise<Trained & { readonly threads: number }> {
    const { page, url, said } = await site.open(path);
    await page.waitForFunction('globalThis.inPage').catch((e) => expect.fail(`${e}\n${said.join('\n')}`));
    const call = `globalThis.inPage(${JSON.stringify(photos)}, ${steps}, ${RATE}, ${threads}, '${url}ort/')`;
    const result = JSON.parse(await page.evaluate(call));
    await page.close();
    expect(result.error, said.join('\n')).toBeUndefined();
    return result;
  }

  const labels = [...photos.train, ...photos.test].map((p) => p.label);
  const right = (logits: readonly number[]) => {
    const n = photos.classes.length;
    return labels.map((label, i) => {
      const row = logits.slice(i * n, (i + 1) * n);
      return row.indexOf(Math.max(...row)) === label;
    });
  };

  it('trains on photographs, and its predictions are those of the native runtime', async () => {
    const tab = await train('/', STEPS, 2);
    expect(tab.runtime).toMatch(/^onnxruntime-web /);
    expect(tab.threads).toBe(1);

    expect(tab.losses).toHaveLength(STEPS);
    expect(tab.losses.at(-1)!).toBeLessThan(tab.losses[0]! / 20);
    const hits = right(tab.logits);
    const [seen, unseen] = [hits.slice(0, photos.train.length), hits.slice(photos.train.length)];
    expect(seen.filter(Boolean)).toHaveLength(seen.length);
    // Chance is 4 of 12.
    expect(unseen.filter(Boolean).length).toBeGreaterThanOrEqual(8);

    const native = await nativeRuntime();
    const weights = new Map(tab.weights.map(([name, shape, values]) => [name, f32(shape, values)]));
    const logits = await predict(native, smallModel(photos), weights, photos);
    logits.forEach((x, i) => {
      expect(Math.abs(x - tab.logits[i]!), `logit ${i}`).toBeLessThan(1e-3);
    });

    // The first steps are the same training; rounding parts them later.
    const twin = await trainSmall(native, photos, 3, RATE);
    const rounded = (losses: readonly number[]) => losses.slice(0, 2).map((x) => x.toFixed(4));
    expect(rounded(twin.losses)).toEqual(rounded((await train('/', 3, 1)).losses));
  });

  // A software GPU takes a while to compile what a training runs.
  it.skipIf(!process.env.YOSEGI_TEST_WEBGPU)(
    'trains on WebGPU as natively',
    async () => {
      const gpu = await softwareGpuRuntime(executablePath!);
      const few = { ...photos, train: photos.train.slice(0, 6), test: photos.test.slice(0, 2) };
      try {
        const here = await trainSmall(await nativeRuntime(), few, 3, RATE);
        const there = await trainSmall(gpu, few, 3, RATE);
        for (const [i, loss] of there.losses.entries()) expect(Math.abs(loss - here.losses[i]!)).toBeLessThan(2e-3);
        for (const [i, logit] of there.logits.entries()) expect(Math.abs(logit - here.logits[i]!)).toBeLessThan(1e-2);
      } finally {
        await gpu.close();
      }
    },
    240_000,
  );

  it('runs on several threads where the page may share memory', async () => {
    const tab = await train('/isolated/', 3, 2);
    expect(tab.threads).toBe(2);
    expect(tab.losses[2]).toBeLessThan(tab.losses[0]!);
  });
});
