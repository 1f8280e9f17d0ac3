import { stat } from 'node:fs/promises';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { SafetensorsError } from '../errors.ts';
import { BOX, boxWeights } from './box.ts';
import { hubCache } from './cache.ts';
import { readWeightsFile, readWeightsFolder, type StoredWeights } from './folder.ts';
import { type HubOptions, snapshot } from './hub.ts';
import { hubId, hubUrl } from './hub-id.ts';

/** `cache` and `hubUrl` default to what the Hugging Face variables say (see cache), `offline` to `HF_HUB_OFFLINE`. */
export type ResolveOptions = Partial<HubOptions>;

/**
 * Weights from where `spec` says: `box:name`, which come with the package; a `.safetensors` file, a folder as the Hugging Face hub
 * lays it out, or the id of a model there, `owner/name` or `owner/name@revision`, which is downloaded into the cache once.
 * @throws YosegiError that says what to do, without network too
 */
export async function resolveWeights(spec: string, options: ResolveOptions = {}): Promise<StoredWeights> {
  if (spec.startsWith(BOX)) {
    const { tensors, config, folder } = await boxWeights(spec.slice(BOX.length));
    return { tensors, metadata: {}, config, path: folder };
  }
  const info = await stat(spec).catch(() => undefined);
  if (info?.isDirectory()) return readWeightsFolder(spec);
  if (info) return readWeightsFile(spec, options.onNotice);
  const id = hubId(spec);
  if (!id) throw new YosegiError(`there is no file or folder '${spec}'${hint(spec)}`);
  const folder = await snapshot(id, {
    ...options,
    cache: options.cache ?? hubCache(),
    hubUrl: options.hubUrl ?? hubUrl(),
    offline: options.offline ?? /^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? ''),
  });
  try {
    return await readWeightsFolder(folder);
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new YosegiError(
      `${messageOf(error)}. Delete the folder ${folder} and the file that it links to, to download it again`,
      {
        cause: error,
      },
    );
  }
}

/** timm's names are often given without their owner. */
function hint(spec: string): string {
  if (/^[\w-]+\.[\w-]+$/.test(spec) && !spec.endsWith('.safetensors')) {
    return `; on the hub it would be 'timm/${spec}'`;
  }
  return ': give a .safetensors file, a folder that has one, or a model of the Hugging Face hub, e.g. timm/resnet18.a1_in1k';
}
