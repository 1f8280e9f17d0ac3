import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMaker } from '../../src/predict/node/open-maker.ts';
import { findChromium } from '../../src/runtime/web/testing/chromium.ts';
import { until } from '../browser/testing/served.ts';
import { pixels, type Shown, shownPage } from './testing/shown.ts';

const executablePath = findChromium('text-in-browser.test');

/** A caption beside each photograph. */
async function captioned(images: string): Promise<void> {
  for (const kind of await readdir(images)) {
    const own = join(images, kind);
    for (const file of await readdir(own))
      await writeFile(join(own, file.replace(/\.[^.]*$/, '.txt')), `${kind.replace('-', ' ')} on steel\n`);
  }
}

describe.skipIf(!executablePath)('pictures of a text, made in a browser', () => {
  let shown: Shown;

  beforeAll(async () => {
    shown = await shownPage({
      ...{ executablePath: executablePath!, pictures: 6, prepared: captioned },
      options: ['--text-width', '32', '--text-depth', '1'],
    });
  }, 240_000);

  afterAll(() => shown?.close());

  it('takes a text where the bundle does, and makes what Node makes of it', { timeout: 120_000 }, async () => {
    const page = await shown.visit();
    const ready = () => until(page, 'ready');
    await ready();
    expect(await page.$('#class')).toBeNull();
    // A caption of the data stands there first, and others are offered.
    expect(await page.inputValue('#text')).toMatch(/ on steel$/);
    expect(await page.$$eval('#examples option', (all) => all.length)).toBeGreaterThan(1);
    const drawn = async (text: string) => {
      await page.fill('#text', text);
      await page.fill('#steps', '4');
      await page.fill('#seed', '7');
      await page.click('#make');
      await ready();
      return pixels(page);
    };
    const text = 'red iron, 写真 ❤️';
    const found = await drawn(text);
    const maker = await openMaker(shown.bundle);
    const { pictures } = await maker.make([{ text, seed: 7 }], { making: { steps: 4 } });
    await maker.close();
    const own = pictures[0]!;
    expect(found.length).toBe(4 * own.width * own.height);
    own.data.forEach((v, i) => {
      expect(Math.abs(v - found[4 * Math.floor(i / 3) + (i % 3)]!), `byte ${i}`).toBeLessThanOrEqual(1);
    });
    expect((await drawn('')).length).toBe(found.length);
    await page.close();
  });
});
