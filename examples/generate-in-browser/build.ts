/** `npx tsx examples/generate-in-browser/build.ts BUNDLE SITE`: the page, its scripts, ONNX Runtime and a bundle in a folder of static files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyFiles, writeSite } from '../browser/site.ts';

/** What the page reads of a bundle. */
const files = ['manifest.json', 'making.json', 'labels.json', 'preprocessing.json', 'model.onnx'];
/** Where its model works on latents, or is told captions. */
const further = ['decoder.onnx', 'text-encoder.onnx', 'tokenizer.json', 'tokenizer_config.json'];

export async function buildPage(bundle: string, site: string): Promise<void> {
  await writeSite(new URL('.', import.meta.url), site, ['wasm', 'webgpu']);
  const more = further.filter((name) => existsSync(join(bundle, name)));
  await copyFiles(bundle, join(site, 'bundle'), [...files, ...more]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [bundle, site] = process.argv.slice(2);
  if (!bundle || !site) throw new Error('give the bundle (yosegi export) and the folder to write');
  await buildPage(bundle, site);
  console.log(`${site}: any server of static files will do`);
}
