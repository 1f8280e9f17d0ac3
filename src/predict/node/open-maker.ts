import { check } from '../../base/errors.ts';
import { recoverFolder } from '../../base/node/leftovers.ts';
import { bundledReader } from '../../bundle/captions.ts';
import { MAKING } from '../../bundle/making.ts';
import { readListed } from '../../bundle/node/listed.ts';
import { bundleMaker, readMaking } from '../../bundle/node/maker.ts';
import { loadBundle } from '../../bundle/node/read.ts';
import type { Maker } from '../../run/maker.ts';
import { bestMaker } from '../../run/node/maker.ts';
import { loadRun } from '../../run/node/run-folder.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { isBundle } from './is-bundle.ts';

export interface OpenMakerOptions {
  readonly device?: Device;
  readonly threads?: number;
  readonly onNotice?: (message: string) => void;
}

/** Opens a run or a bundle whose network makes pictures. */
export async function openMaker(folder: string, options: OpenMakerOptions = {}): Promise<Maker> {
  await recoverFolder(folder);
  const bundled = await isBundle(folder);
  const runtime = await openRuntime({ ...options, worker: true });
  try {
    const maker = await (bundled ? ofBundle : ofRun)(folder, runtime);
    const close = async () => {
      await maker.close();
      await runtime.close();
    };
    return { ...maker, close };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

const ofRun = async (folder: string, runtime: Runtime): Promise<Maker> => bestMaker(await loadRun(folder), runtime);

async function ofBundle(folder: string, runtime: Runtime): Promise<Maker> {
  const { manifest, labels, preprocessing, model } = await loadBundle(folder);
  check(manifest.beside, () => `the model in ${folder} answers about pictures and makes none: use yosegi predict`);
  const making = readMaking(await readListed(folder, manifest, MAKING));
  const { decoder } = manifest;
  const listed = (path: string) => readListed(folder, manifest, path);
  return bundleMaker(
    manifest,
    { labels, preprocessing, making },
    {
      program: await runtime.load(model),
      decoder: decoder && (await runtime.load(await listed(decoder.file))),
      captions: await bundledReader(manifest.captions, runtime, listed),
    },
  );
}
