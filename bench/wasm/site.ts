import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { YosegiError } from '../../src/base/errors.ts';
import { bundle } from '../../src/runtime/web/testing/bundle.ts';
import { openChromium } from '../../src/runtime/web/testing/chromium.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
/** What a page loads besides its own script. */
const scripts: Readonly<Record<string, readonly string[]>> = {
  'tfjs-page': ['@tensorflow/tfjs/dist/tf.min.js', '@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js'],
};

/** The peers' packages, as `npm install` puts them into a folder. */
const peerPackages = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@jax-js/jax'] as const;

/** Version of each of them in the folder; undefined where it is missing. */
export async function peerVersions(folder: string): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  for (const name of peerPackages) {
    const path = join(folder, 'node_modules', name, 'package.json');
    const text = existsSync(path) ? await readFile(path, 'utf8') : '{}';
    found.set(name, z.object({ version: z.string().optional() }).parse(JSON.parse(text)).version);
  }
  return found;
}

/** A Chromium whose pages are the sides. */
export interface Pages {
  readonly version: string;
  /** A new page; with several threads it is isolated, so that memory can be shared between them, and told that the machine has so many cores. */
  open(script: string, threads: number): Promise<SidePage>;
  close(): Promise<void>;
}

interface SidePage {
  /** Calls a function of the page's `side`. */
  call(name: 'prepare' | 'once' | 'times', ...args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Serves the sides' pages, what `numbers` has for a path, ONNX Runtime's files and the peers', and opens the browser. */
export async function openPages(
  executablePath: string,
  numbers: (path: string) => Float32Array | undefined,
  peers?: string,
): Promise<Pages> {
  const folder = await mkdtemp(join(tmpdir(), 'yosegi-wasm-'));
  await bundle(here, { 'ours-page': 'ours-page.ts', timed: 'timed.ts' }, join(folder, 'site'));
  const folders: readonly (readonly [string, readonly string[]])[] = [
    ['/ort/', [ort]],
    ...(peers ? [['/peers/', [join(peers, 'node_modules')]] as const] : []),
    ['/', [join(folder, 'site'), here]],
  ];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname));
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    const [, page] = /^\/(?:one|several)\/([a-z-]+)$/.exec(path) ?? [];
    if (page) {
      if (path.startsWith('/several/')) {
        response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      const classic = (scripts[page] ?? []).map((s) => `<script src="/peers/${s}"></script>`).join('');
      response.setHeader('Content-Type', 'text/html');
      return response.end(`<!doctype html>${classic}<script type="module" src="/${page}.js"></script>`);
    }
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const own = numbers(path);
    if (own) return response.end(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
    const [prefix, places] = folders.find(([p]) => path.startsWith(p))!;
    const file = places.map((place) => join(place, path.slice(prefix.length))).find((f) => existsSync(f));
    if (!file) return response.writeHead(404).end();
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    response.end(await readFile(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await openChromium(executablePath, join(folder, 'profile'));
  const { port } = server.address() as AddressInfo;
  return {
    version: browser.browser()?.version() ?? 'unknown',
    open: async (script, threads) => {
      const page = await browser.newPage();
      const kind = threads > 1 ? 'several' : 'one';
      await page.addInitScript(`Object.defineProperty(navigator, 'hardwareConcurrency', { value: ${threads} })`);
      return sideOf(page, `http://127.0.0.1:${port}/${kind}/${script}`);
    },
    close: async () => {
      await browser.close();
      server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function sideOf(page: Page, url: string): Promise<SidePage> {
  const said: string[] = [];
  page.on('pageerror', (e) => said.push(String(e)));
  await page.goto(url);
  await page.waitForFunction('globalThis.side').catch((cause) => {
    throw new YosegiError(`${url} has no side: ${said.join('; ')}`, { cause });
  });
  return {
    call: async (name, ...args) => {
      const inside = args.map((a) => JSON.stringify(a)).join(', ');
      const text = await page.evaluate(
        `side.${name}(${inside}).then((answer) => ({ answer }), (e) => ({ error: String(e?.message ?? e) }))`,
      );
      const { answer, error } = z.object({ answer: z.unknown().optional(), error: z.string().optional() }).parse(text);
      if (error !== undefined) throw new YosegiError(error);
      return answer;
    },
    close: () => page.close(),
  };
}
