import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { workplace } from '../../src/cli/testing/photographs.ts';
import { yosegi } from '../../src/cli/testing/yosegi.ts';
import { openMaker } from '../../src/predict/node/open-maker.ts';
import { findChromium, openChromium } from '../../src/runtime/web/testing/chromium.ts';
import { buildPage } from './build.ts';
import { servePage } from './serve.ts';

const executablePath = findChromium('text-in-browser.test');

describe.skipIf(!executablePath)('pictures of a text, made in a browser', () => {
  let folder: string;
  let photographs: Awaited<ReturnType<typeof workplace>>;
  let server: Server;
  let browser: BrowserContext;
  const bundle = () => join(folder, 'run', 'bundle');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yosegi-page-'));
    photographs = await workplace(6);
    for (const kind of await readdir(photographs.images)) {
      const own = join(photographs.images, kind);
      for (const file of await readdir(own))
        await writeFile(join(own, file.replace(/\.[^.]*$/, '.txt')), `${kind.replace('-', ' ')} on steel\n`);
    }
    const run = join(folder, 'run');
    const tiny = ['--model', 'ascan-unet-nano', '--layout', 'C|T|T', '--size', '32', '--batch', '8', '--threads', '1'];
    const text = ['--epochs', '1', '--show-every', '0', '--text-width', '32', '--text-depth', '1'];
    for (const command of [
      ['train', photographs.images, '--task', 'generate', '--out', run, ...tiny, ...text],
      ['export', run],
    ]) {
      const { code, err } = await yosegi(...command);
      expect(code, err).toBe(0);
    }
    await buildPage(bundle(), join(folder, 'site'));
    server = await servePage(join(folder, 'site'), 0);
    browser = await openChromium(executablePath!, join(folder, 'profile'));
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await photographs?.remove();
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('takes a text where the bundle does, and makes what Node makes of it', { timeout: 120_000 }, async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const ready = () => page.waitForSelector('body[data-state=ready]');
    await ready();
    expect(await page.$('#class')).toBeNull();
    // A caption of the data stands there first, and others are offered.
    expect(await page.inputValue('#text')).toMatch(/ on steel$/);
    expect(await page.$$eval('#examples option', (all) => all.length)).toBeGreaterThan(1);
    const read = `Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)`;
    const drawn = async (text: string) => {
      await page.fill('#text', text);
      await page.fill('#steps', '4');
      await page.fill('#seed', '7');
      await page.click('#make');
      await ready();
      return z.array(z.number()).parse(await page.evaluate(`(canvas => ${read})(document.querySelector('canvas'))`));
    };
    const text = 'red iron, 写真 ❤️';
    const found = await drawn(text);
    const maker = await openMaker(bundle());
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
