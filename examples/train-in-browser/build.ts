/**
 * `npx tsx examples/train-in-browser/build.ts SITE [WEIGHTS]`: the page, its scripts, ONNX Runtime and a backbone in a folder of static files. WEIGHTS is the
 * folder of a network that somebody has trained, with timm's `config.json` and `model.safetensors`; without it, the MobileNetV2 in the package.
 */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import { boxEntry } from '../../src/weights/node/box.ts';
import { writeSite } from '../browser/site.ts';
import { openBackbone } from './backbone.ts';

export async function buildPage(site: string, weights?: string): Promise<void> {
  const box = weights === undefined ? await boxEntry('mobilenetv2-imagenet') : undefined;
  const [folder, file] = box ? [box.folder, box.files.backbone.file] : [weights!, 'model.safetensors'];
  const config = join(folder, 'config.json');
  // What does not fit is said here, not to those who open the page.
  const read = { config: await readFile(config, 'utf8'), weights: await readFile(join(folder, file)) };
  const runtime = await nativeRuntime({ threads: 1 });
  await (await openBackbone(runtime, read, 64)).close();
  await runtime.close();
  await writeSite(new URL('.', import.meta.url), site, ['wasm']);
  await mkdir(join(site, 'backbone'), { recursive: true });
  await copyFile(config, join(site, 'backbone', 'config.json'));
  await copyFile(join(folder, file), join(site, 'backbone', 'model.safetensors'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [site, weights] = process.argv.slice(2);
  if (!site) throw new Error('give the folder to write');
  await buildPage(site, weights);
  console.log(`${site}: any server of static files will do`);
}
