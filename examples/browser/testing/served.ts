import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openChromium } from '../../../src/runtime/web/testing/chromium.ts';
import { servePage } from '../serve.ts';

/** For tests: a page of an example, served and open to a browser. */
export interface Served {
  visit(query?: string): Promise<Page>;
  close(): Promise<void>;
}

/** Serves a folder of static files, and opens a Chromium without a window, with these flags. */
export async function serveTo(executablePath: string, site: string, flags?: readonly string[]): Promise<Served> {
  const profile = await mkdtemp(join(tmpdir(), 'yosegi-profile-'));
  const server = await servePage(site, 0);
  const browser = await openChromium(executablePath, profile, flags);
  return {
    visit: async (query = '') => {
      const page = await browser.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${query}`);
      return page;
    },
    close: async () => {
      await browser.close();
      server.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Waits until the page says that it is in this state. */
export const until = (page: Page, state: string) => page.waitForSelector(`body[data-state=${state}]`);
