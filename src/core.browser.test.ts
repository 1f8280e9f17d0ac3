import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { build } from 'tsdown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32 } from './base/tensor.ts';
import { nativeRuntime } from './runtime/node/native.ts';
import { findChromium, openChromium } from './runtime/web/testing/chromium.ts';
import { type Photos, predict, smallModel, type Trained, trainSmall } from './runtime/web/testing/page.ts';

const executablePath = findChromium('core.browser.test');

const photos: Photos = JSON.parse(
  readFileSync(new URL('./runtime/web/fixtures/x-sdd-36.json', import.meta.url), 'utf8'),
);
const STEPS = 120;
const RATE = 0.08;

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** The page, its script, and ONNX Runtime's files under /ort/. Everything under /isolated/ may share memory between threads. */
function serve(script: string): Promise<Server> {
  const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
  const server = createServer(async (request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname.replace(/^\/isolated/, '');
    const file = path.startsWith('/ort/') ? join(ort, path.slice(5)) : join(script, path.slice(1));
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    if (request.url!.startsWith('/isolated/')) response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', request.url === '/' ? 'unsafe-none' : 'require-corp');
    response.setHeader('Content-Type', types[extname(file)] ?? 'text/html');
    if (path === '/') return response.end('<!doctype html><script type="module" src="page.js"></script>');
    try {
      response.end(await readFile(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe.skipIf(!executablePath)('core in a browser tab', () => {
  let folder: string;
  let server: Server;
  let browser: BrowserContext;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yosegi-browser-'));
    await build({
      config: false,
      cwd: fileURLToPath(new URL('../', import.meta.url)),
      entry: { page: 'src/runtime/web/testing/page.ts' },
      outDir: join(folder, 'site'),
      format: 'esm',
      platform: 'browser',
      target: 'es2023',
      dts: false,
      logLevel: 'error',
      deps: { alwaysBundle: [/.*/] },
      outExtensions: () => ({ js: '.js' }),
    });
    server = await serve(join(folder, 'site'));
    browser = await openChromium(executablePath!, join(folder, 'profile'));
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function train(path: string, steps: number, threads: number): Promise<Trained & { readonly threads: number }> {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('console', (m) => said.push(m.text()));
    page.on('pageerror', (e) => said.push(String(e)));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    await page.goto(url);
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

  it('runs on several threads where the page may share memory', async () => {
    const tab = await train('/isolated/', 3, 2);
    expect(tab.threads).toBe(2);
    expect(tab.losses[2]).toBeLessThan(tab.losses[0]!);
  });
});
