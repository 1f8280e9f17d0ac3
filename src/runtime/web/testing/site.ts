import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { bundle } from './bundle.ts';
import { openChromium } from './chromium.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface Site {
  /** A new tab at `path`, which holds the script; `said` is what it has printed. */
  open(path: string): Promise<{ readonly page: Page; readonly url: string; readonly said: readonly string[] }>;
  close(): Promise<void>;
}

/**
 * For tests: a script of src/runtime/web/testing, with all it stands on, in pages of a Chromium without a window, and ONNX Runtime's files
 * under ort/. Pages under /isolated/ may share memory between threads.
 */
export async function openSite(executablePath: string, script: string, flags: readonly string[] = []): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'yosegi-browser-'));
  const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const close = async () => {
    for (const step of closing.reverse()) await step();
  };
  try {
    const built = join(folder, 'site');
    await bundle(root, { [script]: `src/runtime/web/testing/${script}.ts` }, built);
    const server = createServer(async (request, response) => {
      const path = new URL(request.url!, 'http://localhost').pathname.replace(/^\/isolated/, '');
      const file = path.startsWith('/ort/') ? join(ort, path.slice(5)) : join(built, path.slice(1));
      response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
      if (request.url!.startsWith('/isolated/')) response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', request.url === '/' ? 'unsafe-none' : 'require-corp');
      response.setHeader('Content-Type', types[extname(file)] ?? 'text/html');
      if (path === '/') return response.end(`<!doctype html><script type="module" src="${script}.js"></script>`);
      try {
        response.end(await readFile(file));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const browser = await openChromium(executablePath, join(folder, 'profile'), flags);
    closing.push(() => browser.close());
    const { port } = server.address() as AddressInfo;
    return { open: (path) => openTab(browser, `http://127.0.0.1:${port}${path}`), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));

async function openTab(browser: BrowserContext, url: string) {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (m) => said.push(m.text()));
  page.on('pageerror', (e) => said.push(String(e)));
  await page.goto(url);
  return { page, url, said };
}
