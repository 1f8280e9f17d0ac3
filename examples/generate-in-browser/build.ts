/** `npx tsx examples/generate-in-browser/build.ts BUNDLE SITE`: the page, its scripts, ONNX Runtime and a bundle in a folder of static files. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';

const here = fileURLToPath(new URL('.', import.meta.url));
/** What the page reads of a bundle. */
const files = ['manifest.json', 'making.json', 'labels.json', 'preprocessing.json', 'model.onnx'];
/** Where its model works on latents, or is told captions. */
const further = ['decoder.onnx', 'text-encoder.onnx', 'tokenizer.json', 'tokenizer_config.json'];
/** For WebAssembly, and for WebGPU. */
const engines = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'];

export async function buildPage(bundle: string, site: string): Promise<void> {
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
  await copyFile(join(here, 'index.html'), join(site, 'index.html'));
  const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
  await copy(
    ort,
    join(site, 'ort'),
    engines.flatMap((name) => [`${name}.mjs`, `${name}.wasm`]),
  );
  const more = further.filter((name) => existsSync(join(bundle, name)));
  await copy(bundle, join(site, 'bundle'), [...files, ...more]);
}

async function copy(from: string, to: string, names: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of names) await copyFile(join(from, name), join(to, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [bundle, site] = process.argv.slice(2);
  if (!bundle || !site) throw new Error('give the bundle (yosegi export) and the folder to write');
  await buildPage(bundle, site);
  console.log(`${site}: any server of static files will do`);
}
