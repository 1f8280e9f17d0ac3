import {
  compile,
  createModel,
  fitPicture,
  fitWeights,
  graph,
  type Image,
  type Network,
  normalised,
  ownNetwork,
  type Preprocessing,
  parseSafetensors,
  preprocessing,
  pretrainedConfig,
  type Runtime,
  type Tensor,
} from '../../src/core.ts';
import { floats } from '../../src/tasks/task.ts';

/** A network that somebody has trained: the text of its `config.json` (timm's) and the bytes of its safetensors file. */
export interface BackboneFiles {
  readonly config: string;
  readonly weights: Uint8Array;
}

/** What a frozen network makes of pictures. */
export interface Backbone {
  readonly name: string;
  /** How a picture becomes its input: the whole picture, squashed into the square. */
  readonly preprocessing: Preprocessing;
  /** Features of pictures that are at the input's size already (see `fitted`), a row each. */
  see(pictures: readonly Image[]): Promise<Float32Array[]>;
  fitted(picture: Image): Image;
  /** The whole network for so many classes, and the values that its trained part has. */
  networkFor(classes: number): { readonly network: Network; readonly weights: Map<string, Tensor<'float32'>> };
  close(): Promise<void>;
}

/** @throws YosegiError that names what does not fit: a network that is not known, weights of another one, damaged files */
export async function openBackbone(runtime: Runtime, files: BackboneFiles, size: number): Promise<Backbone> {
  const { architecture, input } = pretrainedConfig(files.config);
  const { mean, std, interpolation } = input;
  const own = preprocessing({ size, cropMode: 'squash', mean: [...mean], std: [...std], interpolation });
  const { tensors } = parseSafetensors(files.weights);
  const networkFor = (classes: number) => {
    const network = ownNetwork(createModel(architecture, { size, classes }));
    return { network, weights: fitWeights(network, tensors, { head: 'replace' }).weights };
  };
  // Features are the same however many classes will be told apart.
  const { network, weights } = networkFor(2);
  const features = graph({ features: network.model.pooled });
  const program = await compile(runtime, features, { constants: weights, target: 'standard' });
  return {
    name: architecture,
    preprocessing: own,
    fitted: (picture) => fitPicture(picture, own),
    see: async (pictures) => {
      const rows = floats((await program.run({ image: normalised(pictures, own) })).features, 'features');
      const width = rows.length / pictures.length;
      return pictures.map((_, i) => rows.slice(i * width, (i + 1) * width));
    },
    networkFor,
    close: () => program.close(),
  };
}
