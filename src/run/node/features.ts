import type { Image } from '../../data/image.ts';
import { type Preprocessing, preprocess, preprocessing } from '../../data/preprocess.ts';
import { graph } from '../../graph/graph.ts';
import { createModel } from '../../models/registry.ts';
import { compile, type Program, type Runtime } from '../../runtime/runtime.ts';
import { floats } from '../../tasks/task.ts';
import { boxWeights } from '../../weights/node/box.ts';

/** Pictures are looked at in this size: their own are small, and at 224 it would take three times as long. */
const SIZE = 128;
const BATCH = 16;

/** What a network makes of pictures, by which sets of them are compared. */
export interface FeatureNetwork {
  /** In words. */
  readonly name: string;
  /** Whether a Fréchet distance of its features is what the literature calls FID. */
  readonly fid: boolean;
  /** A row for each picture. */
  of(pictures: readonly Image[], onPicture?: (done: number) => void): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** A program with pictures as its input `image` and a row of numbers each as its output `pooled`. */
export interface FeatureProgram {
  readonly name: string;
  readonly fid: boolean;
  readonly program: Program;
  readonly preprocessing: Preprocessing;
  /** Pictures that it takes at a time, where their number is not free. */
  readonly batch?: number;
}

/** A program as a network of features. */
export function featuresBy({ name, fid, program, preprocessing: p, batch }: FeatureProgram): FeatureNetwork {
  return {
    ...{ name, fid },
    of: async (pictures, onPicture) => {
      const rows: Float32Array[] = [];
      const count = batch ?? BATCH;
      for (let i = 0; i < pictures.length; i += count) {
        const some = pictures.slice(i, i + count);
        const missing = batch === undefined ? 0 : batch - some.length;
        const whole = [...some, ...Array.from({ length: missing }, () => some[0]!)];
        const data = floats((await program.run({ image: preprocess(whole, p) })).pooled, 'pooled');
        const width = data.length / whole.length;
        some.forEach((_, k) => {
          rows.push(data.slice(k * width, (k + 1) * width));
        });
        onPicture?.(rows.length);
      }
      return rows;
    },
    close: () => program.close(),
  };
}

/** MobileNetV2 with the ImageNet weights in the box, before its classifier: 1,280 numbers a picture. */
export async function boxFeatures(runtime: Runtime): Promise<FeatureNetwork> {
  const { config, tensors } = await boxWeights('mobilenetv2-imagenet', { classifier: false });
  const { mean, std, interpolation } = config.input;
  const model = createModel(config.architecture, { size: SIZE });
  const program = await compile(runtime, graph({ pooled: model.pooled }), { constants: tensors, target: 'standard' });
  return featuresBy({
    name: `MobileNetV2-ImageNet features (1,280, pictures at ${SIZE} pixels)`,
    fid: false,
    program,
    preprocessing: preprocessing({ size: SIZE, cropMode: 'squash', mean: [...mean], std: [...std], interpolation }),
  });
}
