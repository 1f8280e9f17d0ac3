import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeModel, fitPicture, preprocessing } from '../../src/core.ts';
import { decodeImage } from '../../src/data/node/decode.ts';
import { labelsIn } from '../../src/imported/labels.ts';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import { findChromium } from '../../src/runtime/web/testing/chromium.ts';
import { type Served, serveTo, until } from '../browser/testing/served.ts';
import { buildPage } from './build.ts';
import { bytesOf } from './shipped.ts';

const executablePath = findChromium('train-in-browser.test');
const photographs = new URL('../../demo/data/x-sdd/images/', import.meta.url).pathname;
const classes = ['finishing-roll-printing', 'red-iron', 'surface-scratch'];
const SIZE = 64;
/** A camera that shows a moving pattern, and is given to whoever asks. */
const camera = ['--disable-gpu', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

describe.skipIf(!executablePath)('a head trained in a browser', { timeout: 120_000 }, () => {
  let folder: string;
  let served: Served;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yosegi-head-'));
    const images = join(folder, 'images');
    for (const name of classes) {
      await mkdir(join(images, name), { recursive: true });
      const files = (await readdir(join(photographs, name))).sort();
      for (const file of files.slice(0, 12)) await cp(join(photographs, name, file), join(images, name, file));
      // Not among those that it learns from.
      await cp(join(photographs, name, files.at(-1)!), join(folder, `${name}-${files.at(-1)}`));
    }
    const whole = await readFile(join(folder, (await readdir(folder)).find((f) => f.startsWith('red-iron'))!));
    await writeFile(join(images, 'red-iron', 'broken.jpg'), whole.subarray(0, 300));
    await writeFile(join(images, 'notes.txt'), 'no picture\n');
    await buildPage(join(folder, 'site'));
    served = await serveTo(executablePath!, join(folder, 'site'), camera);
  }, 240_000);

  afterAll(async () => {
    await served?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function opened(query = '?lang=en'): Promise<Page> {
    const page = await served.visit(`${query}&size=${SIZE}`);
    await until(page, 'ready');
    return page;
  }
  const problems = (page: Page) => page.$$eval('#problems li', (all) => all.map((p) => p.textContent));

  async function answers(page: Page): Promise<Map<string, number>> {
    await page.waitForSelector('#answer [data-label]');
    const read = `[...document.querySelectorAll('#answer [data-label]')].map((e) => [e.dataset.label, +e.dataset.confidence])`;
    return new Map((await page.evaluate(read)) as [string, number][]);
  }

  it('learns from a folder, names what is broken, answers, and its file answers the same in Node', async () => {
    const page = await opened();
    expect(await page.textContent('#status')).toMatch(/^tf_mobilenetv2_100, on WebAssembly, \d threads?$/);
    // The two classes that stand there first are not wanted.
    for (const _ of [0, 1]) await page.click('.class >> nth=0 >> text=Remove');
    await page.setInputFiles('#folder', join(folder, 'images'));
    await until(page, 'ready');
    expect(await page.textContent('#status')).toMatch(/^Looked at \d+ of \d+ pictures, [\d.]+ a second$/);
    expect(await problems(page)).toEqual([
      '1 file is no picture: left out',
      'broken.jpg (red-iron): this browser cannot read it as a picture: it is broken, or of another kind',
    ]);
    expect(
      await page.$$eval('.class input[type=text], .class .row > input', (all) =>
        all.map((i) => (i as { value?: string }).value),
      ),
    ).toEqual(classes);
    expect(await page.$$eval('.count', (all) => all.map((c) => c.textContent))).toEqual(
      classes.map(() => '12 pictures'),
    );

    const steps = await page.evaluateHandle(
      `(() => { const seen = []; new MutationObserver(() => seen.push(document.querySelector('#status').textContent)).observe(document.querySelector('#status'), { childList: true }); return seen; })()`,
    );
    await page.fill('#epochs', '40');
    await page.click('#train');
    await page.waitForSelector('#learnt:not([hidden])');
    const said = (await steps.jsonValue()) as string[];
    const losses = said.flatMap(
      (s) => /^Step \d+ of \d+: loss ([\d.]+), \d+ pictures a second, \d+ s left$/.exec(s)?.[1] ?? [],
    );
    expect(losses.length).toBeGreaterThan(5);
    expect(Number(losses.at(-1))).toBeLessThan(Number(losses[0]) / 4);
    expect(await page.textContent('#trained')).toMatch(/^Learnt from \d+ pictures in [\d.]+ s\.$/);
    const [, right, of] = /^(\d+) of (\d+) pictures that were held back are right/.exec(
      (await page.textContent('#held-back'))!,
    )!;
    expect(Number(of)).toBeGreaterThanOrEqual(6);
    // Chance is a third.
    expect(Number(right) / Number(of)).toBeGreaterThan(0.6);

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    expect(download.suggestedFilename()).toBe('trained-in-browser.onnx');
    const onnx = new Uint8Array(await readFile(await download.path()));
    expect(labelsIn(decodeModel(onnx))).toEqual(classes);
    const runtime = await nativeRuntime();
    const program = await runtime.load(onnx);
    const input = preprocessing({ size: SIZE, cropMode: 'squash', interpolation: 'bilinear' });
    let known = 0;
    for (const file of (await readdir(folder)).filter((f) => /\.(jpg|png)$/i.test(f))) {
      await page.evaluate(`document.querySelector('#answer').replaceChildren()`);
      await page.setInputFiles('#try', join(folder, file));
      const here = await answers(page);
      const picture = await decodeImage(await readFile(join(folder, file)));
      const { probabilities } = await program.run({ image: bytesOf([fitPicture(picture, input)]) });
      classes.forEach((name, i) => {
        expect(Math.abs(Number(probabilities!.data[i]) - here.get(name)!), `${file}, ${name}`).toBeLessThan(0.02);
      });
      const [best] = [...here].sort(([, a], [, b]) => b - a)[0]!;
      if (file.startsWith(best)) known++;
    }
    expect(known).toBeGreaterThanOrEqual(2);
    await page.setInputFiles('#try', join(folder, 'images', 'red-iron', 'broken.jpg'));
    await page.waitForSelector('#problems li');
    expect(await problems(page)).toEqual([expect.stringMatching(/^this browser cannot read it as a picture/)]);
    await until(page, 'ready');
    await program.close();
    await page.close();
  });

  it('stops, keeps what it learnt so far, and learns anew', async () => {
    const page = await opened();
    for (const _ of [0, 1]) await page.click('.class >> nth=0 >> text=Remove');
    await page.setInputFiles('#folder', join(folder, 'images'));
    await until(page, 'ready');
    await page.fill('#epochs', '10000');
    await page.click('#train');
    await page.waitForFunction(`/^Step \\d\\d/.test(document.querySelector('#status').textContent)`);
    await page.click('#stop');
    await until(page, 'ready');
    expect(await page.textContent('#trained')).toMatch(/^Stopped after [\d.]+ s; what it learnt so far is there\.$/);
    expect(await page.textContent('#held-back')).toMatch(/pictures that were held back are right/);
    await page.fill('#epochs', '1');
    await page.click('#train');
    await page.waitForFunction(`document.querySelector('#trained').textContent.startsWith('Learnt')`);
    await page.close();
  });

  it('takes pictures with the camera, and answers it live, in Japanese', async () => {
    const page = await opened('?lang=ja');
    expect(await page.textContent('h1')).toBe('このブラウザーで学習する分類器');
    await page.click('#camera-on');
    await page.waitForSelector('video:not([hidden])');
    const names = ['前', '後'];
    for (const [i, name] of names.entries()) {
      await page.fill(`.class >> nth=${i} >> input >> nth=0`, name);
      for (const _ of [0, 1, 2]) {
        await page.click(`.class >> nth=${i} >> .take`);
        // The pattern moves on.
        await page.waitForTimeout(200);
      }
    }
    await page.waitForFunction(`[...document.querySelectorAll('.count')].every((c) => c.textContent === '3 枚')`);
    await until(page, 'ready');
    await page.fill('#epochs', '3');
    await page.click('#train');
    await page.waitForSelector('#learnt:not([hidden])');
    await page.check('#live');
    expect([...(await answers(page)).keys()].sort()).toEqual([...names].sort());
    await page.evaluate(`document.querySelector('#answer').replaceChildren()`);
    // The next frame is answered without being asked for.
    await answers(page);
    await page.click('#camera-off');
    expect(await page.isChecked('#live')).toBe(false);
    await page.close();
  });

  it('says what is missing', async () => {
    const page = await opened();
    for (const [i, name] of ['good', 'bad'].entries()) await page.fill(`.class >> nth=${i} >> input >> nth=0`, name);
    await page.click('#train');
    await page.waitForSelector('#problems li');
    expect(await problems(page)).toEqual([
      "the class 'good' has no pictures: two different ones are needed at least, one to learn from and one to be judged on",
    ]);
    await until(page, 'ready');
    const lost = await served.visit('?backbone=none/');
    await until(lost, 'failed');
    expect(await problems(lost)).toEqual([
      expect.stringMatching(/^the server answers 404 for http.*none\/config\.json$/),
    ]);
  });
});
