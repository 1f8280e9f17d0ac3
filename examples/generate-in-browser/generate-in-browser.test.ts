import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMaker } from '../../src/predict/node/open-maker.ts';
import { findChromium } from '../../src/runtime/web/testing/chromium.ts';
import { until } from '../browser/testing/served.ts';
import { pixels, type Shown, shownPage } from './testing/shown.ts';

const executablePath = findChromium('generate-in-browser.test');

describe.skipIf(!executablePath)('pictures made in a browser', () => {
  let shown: Shown;
  const visit = (query?: string) => shown.visit(query);
  const bundle = () => shown.bundle;
  const site = () => shown.site;

  beforeAll(async () => {
    shown = await shownPage({ executablePath: executablePath!, pictures: 8 });
  }, 240_000);

  afterAll(() => shown?.close());

  it('makes the picture that Node makes of the same seed, step by step', async () => {
    const page = await visit();
    await until(page, 'ready');
    expect(await page.textContent('#status')).toMatch(/, on WebAssembly, \d threads?$/);
    expect(page.workers().length).toBeGreaterThanOrEqual(1);
    expect(await page.$$eval('option', (all) => all.map((o) => o.textContent))).toEqual([
      ...['red-iron', 'slag-inclusion', 'surface-scratch'],
    ]);
    expect(await page.inputValue('#steps')).toBe('20');
    await page.selectOption('#class', { label: 'slag-inclusion' });
    await page.fill('#steps', '6');
    await page.fill('#guidance', '1.5');
    await page.fill('#seed', '11');
    await page.click('#make');
    await until(page, 'ready');
    expect(await page.textContent('#status')).toMatch(/^Seed 11, \d+ ms$/);
    // A drawing for each look, and one of the picture.
    expect(await page.getAttribute('canvas', 'data-drawn')).toBe('7');
    const drawn = await pixels(page);
    const maker = await openMaker(bundle());
    const { pictures } = await maker.make([{ label: 1, seed: 11 }], { making: { steps: 6, guidance: 1.5 } });
    await maker.close();
    const own = pictures[0]!;
    expect(drawn.length).toBe(4 * own.width * own.height);
    expect(new Set(own.data).size).toBeGreaterThan(50);
    own.data.forEach((v, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      expect(Math.abs(v - drawn[4 * pixel + channel]!), `byte ${i}`).toBeLessThanOrEqual(1);
    });
    await page.click('#make');
    await until(page, 'ready');
    expect(await pixels(page)).toEqual(drawn);
    await page.close();
  });

  it('stops in the middle, and goes on', async () => {
    const page = await visit();
    await until(page, 'ready');
    await page.fill('#steps', '1000');
    await page.click('#make');
    await page.waitForFunction("document.querySelector('canvas').dataset.drawn > 2");
    await page.click('#stop');
    await until(page, 'ready');
    await page.fill('#steps', '1');
    await page.click('#make');
    await page.waitForFunction("document.querySelector('canvas').dataset.drawn == 2");
    await page.close();
  });

  it('says why a bundle does not fit', async () => {
    const problem = async (query: string) => {
      const page = await visit(query);
      await until(page, 'failed');
      const text = await page.textContent('#problem');
      await page.close();
      return text;
    };
    expect(await problem('?bundle=none/')).toMatch(/manifest.json cannot be read: the server answers 404/);
    const altered = join(site(), 'altered');
    await cp(join(site(), 'bundle'), altered, { recursive: true });
    const labels = await readFile(join(altered, 'labels.json'), 'utf8');
    await writeFile(join(altered, 'labels.json'), labels.replace('red-iron', 'rod-iron'));
    expect(await problem('?bundle=altered')).toMatch(/labels.json was changed: its SHA-256 is not the one/);
    const manifest = await readFile(join(altered, 'manifest.json'), 'utf8');
    await writeFile(join(altered, 'manifest.json'), manifest.replace('"task": "generate"', '"task": "classify"'));
    expect(await problem('?bundle=altered')).toMatch(
      /of the task classify.*makes no pictures; one of generate is needed/,
    );
  });
});
