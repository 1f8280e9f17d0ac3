import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';

/** Builds of ONNX Runtime: for WebAssembly, and the one that has WebGPU too. */
const engines = { wasm: 'ort-wasm-simd-threaded', webgpu: 'ort-wasm-simd-threaded.asyncify' } as const;

/**
 * The static files of an example that all of them have: `index.html`, `page.js`, `worker.js` and, under `ort/`, ONNX Runtime.
 * `example` is the URL of its folder.
 */
export async function writeSite(example: URL, site: string, engine: readonly (keyof typeof engines)[]): Promise<void> {
  const here = fileURLToPath(example);
  await build({
    config: false,
    cwd: here,
    entry: { page: 'page.ts', worker: 'worker.ts' },
    outDir: site,
    clean: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    dts: false,
    minify: true,
    logLevel: 'error',
    deps: { alwaysBundle: [/.*/] },
    outExtensions: () => ({ js: '.js' }),
  });
  await copyFiles(here, site, ['index.html']);
  const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
  await copyFiles(
    ort,
    join(site, 'ort'),
    engine.flatMap((name) => [`${engines[name]}.mjs`, `${engines[name]}.wasm`]),
  );
}

/** Copies files of these names from one folder into another, which is made where it is missing. */
export async function copyFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of names) await copyFile(join(from, name), join(to, name));
}
