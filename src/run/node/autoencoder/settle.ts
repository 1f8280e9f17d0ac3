import { sha256 } from '../../../base/node/sha256.ts';
import { permutation, random } from '../../../base/random.ts';
import type { Tensor } from '../../../base/tensor.ts';
import type { Image } from '../../../data/image.ts';
import { denormalised, normalised, type Preprocessing } from '../../../data/preprocess.ts';
import { psnrOf } from '../../../data/psnr.ts';
import type { Dataset } from '../../../feed/node/dataset.ts';
import type { Graph } from '../../../graph/graph.ts';
import { type Autoencoder, latentShape, scaleOf, stageGraphs } from '../../../models/autoencoder/autoencoder.ts';
import { toOnnx } from '../../../onnx/print.ts';
import { encodeModel } from '../../../onnx/wire/model.ts';
import { type Device, openRuntime } from '../../../runtime/node/open.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { decodedBy, encodedBy } from '../../../train/latents.ts';
import { pixelsOf } from '../looks.ts';
import type { FirstStage } from './first-stage.ts';

/** Pictures that tell which values the autoencoder takes, and how large its latents are. */
const LOOKS = 64;
const BATCH = 8;
/** Values that pictures are given as: 0 … 1, or −1 … 1. */
const ranges = [
  { mean: [0, 0, 0], std: [1, 1, 1] },
  { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
] as const;

interface Settling {
  readonly dataset: Dataset;
  /** What is decided of the training already. */
  readonly plan: {
    readonly preprocessing: Preprocessing;
    readonly settings: { readonly train: { readonly seed: number; readonly threads?: number | undefined } };
  };
  readonly device?: Device | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** The autoencoder before the network, fitted to the pictures; says how near they come back. */
export async function settledStage(
  { from, auto }: { readonly from: string; readonly auto: Autoencoder },
  { dataset, plan, device, onNotice }: Settling,
): Promise<FirstStage> {
  const { seed, threads } = plan.settings.train;
  const runtime = await openRuntime({ device, worker: true, threads });
  try {
    const fitted = await firstStage(auto, from, { dataset, preprocessing: plan.preprocessing, seed }, runtime);
    const { channels, size, psnr } = fitted.record;
    const what = `${from} makes ${channels}×${size.join('×')} latents of a picture`;
    onNotice?.(`${what}; decoded again it comes within ${psnr.toFixed(1)} dB`);
    return fitted;
  } finally {
    await runtime.close();
  }
}

/**
 * Looks at some of the pictures that are trained on: takes the values, 0 … 1 or −1 … 1, with which they come back best, and scales the latents
 * to mean 0 and deviation 0.5 in each channel.
 */
async function firstStage(
  auto: Autoencoder,
  from: string,
  { dataset, preprocessing: p, seed }: { dataset: Dataset; preprocessing: Preprocessing; seed: number },
  runtime: Runtime,
): Promise<FirstStage> {
  const all = dataset.items.train;
  const some = Array.from(permutation(random(seed, 'autoencoder'), all.length).slice(0, LOOKS), (i) => all[i]!);
  const pictures = await pixelsOf(dataset, some, p);
  const tried = await there(auto, pictures, p, runtime);
  const best = tried.reduce((a, b) => (b.psnr > a.psnr ? b : a));
  const { encoder, decoder } = stageGraphs(auto, scaleOf(best.latents));
  const files = { encoder: bytesOf(encoder, auto), decoder: bytesOf(decoder, auto) };
  const { channels, size } = latentShape(auto);
  return {
    record: {
      ...{ from, channels, size: [size[0], size[1]], psnr: best.psnr },
      sha256: { encoder: sha256(files.encoder), decoder: sha256(files.decoder) },
    },
    scaling: { mean: [...best.range.mean], std: [...best.range.std] },
    files,
  };
}

const bytesOf = (g: Graph, { weights }: Autoencoder): Uint8Array =>
  encodeModel(toOnnx(g, { constants: weights, target: 'standard' }));

/** There and back with either range of values. */
async function there(auto: Autoencoder, pictures: readonly Image[], p: Preprocessing, runtime: Runtime) {
  const { encoder, decoder } = stageGraphs(auto);
  const ways = [await runtime.load(bytesOf(encoder, auto)), await runtime.load(bytesOf(decoder, auto))] as const;
  try {
    const tried = [];
    for (const range of ranges) {
      const scaled = { ...p, mean: [...range.mean], std: [...range.std] } as Preprocessing;
      const batches: Tensor<'float32'>[] = [];
      let psnr = 0;
      for (let i = 0; i < pictures.length; i += BATCH) {
        const own = pictures.slice(i, i + BATCH);
        const latents = await encodedBy(ways[0], normalised(own, scaled));
        batches.push(latents);
        const back = denormalised(await decodedBy(ways[1], latents), scaled);
        psnr += back.reduce((sum, picture, k) => sum + psnrOf(picture, own[k]!), 0) / pictures.length;
      }
      tried.push({ range, psnr, latents: joined(batches) });
    }
    return tried;
  } finally {
    for (const way of ways) await way.close();
  }
}

function joined(parts: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [, ...shape] = parts[0]!.shape;
  const data = Float32Array.from(parts.flatMap((t) => [...t.data]));
  return { dtype: 'float32', shape: [parts.reduce((n, t) => n + t.shape[0]!, 0), ...shape], data };
}
