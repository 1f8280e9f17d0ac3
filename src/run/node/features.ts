import type { Image } from '../../data/image.ts';
import { preprocess, preprocessing } from '../../data/preprocess.ts';
import { graph } from '../../graph/graph.ts';
import { createModel } from '../../models/registry.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { boxWeights } from '../../weights/node/box.ts';

/** Pictures are looked at in this size: their own are small, and at 224 it would take three times as long. */
const SIZE = 128;
const BATCH = 16;

/** What a network that has seen ImageNet makes of pictures. */
export interface FeatureNetwork {
  /** In words. */
  readonly name: string;
  /** A row for each picture. */
  of(pictures: readonly Image[], onPicture?: (done: number) => void): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** MobileNetV2 with the ImageNet weights in the box, before its classifier: 1,280 numbers a picture. */
export async function featureNetwork(runtime: Runtime): Promise<FeatureNetwork> {
  const { config, tensors } = await boxWeights('mobilenetv2-imagenet', { classifier: false });
  const { mean, std, interpolation } = config.input;
  const p = preprocessing({ size: SIZE, cropMode: 'squash', mean: [...mean], std: [...std], interpolation });
  const model = createModel(config.architecture, { size: SIZE });
  const program = await compile(runtime, graph({ pooled: model.pooled }), { constants: tensors, target: 'standard' });
  return {
    name: `MobileNetV2-ImageNet features (1,280, pictures at ${SIZE} pixels)`,
    of: async (pictures, onPicture) => {
      const rows: Float32Array[] = [];
      for (let i = 0; i < pictures.length; i += BATCH) {
        const some = pictures.slice(i, i + BATCH);
        const { pooled } = await program.run({ image: preprocess(some, p) });
        const data = pooled!.data as Float32Array;
        const width = data.length / some.length;
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
