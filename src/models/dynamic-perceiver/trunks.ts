import type { Renaming } from '../../graph/rename.ts';

/**
 * The published trunks (Han et al., ICCV 2023; papers/dynamic-perceiver.md §4): our backbones, the names that the official code
 * gives their parameters, and where the branch meets them.
 */
interface Trunk {
  readonly names: readonly Renaming[];
  /** Finds the block in a parameter's name, after renaming. */
  readonly blocks: RegExp;
  /** Blocks that the branch meets the map before, where they do not begin a stage. */
  readonly places?: readonly string[];
}

const resnet: Trunk = {
  names: [
    [/^conv1\b/, 'cnn_stem.0'],
    [/^bn1\b/, 'cnn_stem.1'],
    [/^layer(\d)/, 'cnn_body_stage$1'],
    [/^fc\b/, 'classifier_cnn'],
  ],
  blocks: /^cnn_body_stage\d\.\d+/,
};

const regnet: Trunk = {
  names: [
    [/^stem\.conv\b/, 'cnn_stem.0'],
    [/^stem\.bn\b/, 'cnn_stem.1'],
    [/\.conv([123])\.(conv|bn)\b/, (_, i, layer) => `.f.${'abc'[Number(i) - 1]}.${layer === 'conv' ? 0 : 1}`],
    [/\.se\b/, '.f.se'],
    [/\.downsample\.(conv|bn)\b/, (_, layer) => `.proj.${layer === 'conv' ? 0 : 1}`],
    [/^s(\d)\.b(\d+)/, (_, stage, block) => `cnn_body.block${stage}.block${stage}-${Number(block) - 1}`],
    [/^head\.fc\b/, 'classifier_cnn'],
  ],
  blocks: /^cnn_body\.block\d\.block\d-\d+/,
};

/** First of torchvision's `features` in the stem and in each stage: a stage ends with the block that halves the map. */
const cuts = [0, 3, 5, 8, 14];

const mobilenetv3: Trunk = {
  names: [
    [
      /^features\.(\d+)/,
      (_, index) => {
        const part = cuts.findLastIndex((first) => Number(index) >= first);
        return `${part === 0 ? 'cnn_stem' : `cnn_body_stage${part}`}.${Number(index) - cuts[part]!}`;
      },
    ],
    [/^classifier\b/, 'classifier_cnn'],
  ],
  blocks: /^cnn_(stem|body_stage\d)\.\d+/,
  places: cuts.slice(1).map((first) => `features.${first}`),
};

export const trunks = { resnet, regnet, mobilenetv3 } as const;
export type TrunkName = keyof typeof trunks;
