import { existsSync } from 'node:fs';
import { type BrowserContext, chromium } from 'playwright-core';

const candidates = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** For tests: where this machine has a Chromium; where it has none, `test` says that it is skipped. */
export function findChromium(test: string): string | undefined {
  const found = candidates.find((p) => p && existsSync(p));
  if (!found) console.warn(`${test}: skipped, no Chromium here (install it, or set CHROME_PATH to one)`);
  return found;
}

/** Flags for a page that computes with WebGPU on this machine's processor (SwiftShader), slowly. */
export const softwareGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

/** For tests: a Chromium without a window, with a profile of its own; `flags` replace the one that keeps it from a GPU. */
export const openChromium = (
  executablePath: string,
  profile: string,
  flags: readonly string[] = [],
): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      ...(flags.length > 0 ? flags : ['--disable-gpu']),
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
