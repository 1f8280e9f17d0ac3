import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { quick, workplace } from '../../../src/cli/testing/photographs.ts';
import { yosegi } from '../../../src/cli/testing/yosegi.ts';
import { serveTo } from '../../browser/testing/served.ts';
import { buildPage } from '../build.ts';

/** A page with a small maker of pictures, served and open to a browser. */
export interface Shown {
  readonly bundle: string;
  readonly site: string;
  visit(query?: string): Promise<Page>;
  close(): Promise<void>;
}

/** What a page is made of. */
export interface Making {
  readonly executablePath: string;
  /** Photographs of each class. */
  readonly pictures: number;
  /** Changes the folder of photographs before training. */
  readonly prepared?: (images: string) => Promise<void>;
  /** Options of `yosegi train` besides the task and a network so small that it learns nothing. */
  readonly options?: readonly string[];
}

const TINY = [
  ...['--model', 'ascan-unet-nano', '--layout', 'C|T|T', ...quick.slice(quick.indexOf('--size'))],
  ...['--show-every', '0', '--epochs', '1'],
];

/** Trains a maker on a few photographs, exports it, and serves the page with it. */
export async function shownPage({ executablePath, pictures, prepared, options = [] }: Making): Promise<Shown> {
  const folder = await mkdtemp(join(tmpdir(), 'yosegi-page-'));
  const [run, site] = [join(folder, 'run'), join(folder, 'site')];
  const photographs = await workplace(pictures);
  await prepared?.(photographs.images);
  for (const command of [
    ['train', photographs.images, '--task', 'generate', '--out', run, ...TINY, ...options],
    ['export', run],
  ]) {
    const { code, err } = await yosegi(...command);
    if (code !== 0) throw new Error(err);
  }
  const bundle = join(run, 'bundle');
  await buildPage(bundle, site);
  const served = await serveTo(executablePath, site);
  return {
    ...{ bundle, site, visit: served.visit },
    close: async () => {
      await served.close();
      await photographs.remove();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The canvas' bytes, RGBA. */
export async function pixels(page: Page): Promise<number[]> {
  const read = `Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)`;
  return z.array(z.number()).parse(await page.evaluate(`(canvas => ${read})(document.querySelector('canvas'))`));
}
