import { oneOf } from '../../base/errors.ts';
import { type Space, spaceOf } from '../space.ts';

const choose = (as: string, ...values: (string | number | boolean)[]) => ({ choose: values, as });

/** The stages of an AsCAN layout: more attention further back, as the paper has it, or not. */
const layout = (...stages: readonly (readonly string[])[]) => ({
  join: stages.map((of, i) => choose(`stage ${i}`, ...of)),
  with: '|',
});

/** A network of the package. */
const known = {
  weights: choose('backbone', 'box:mobilenetv2-imagenet', 'box:ascan-micro-distilled'),
  size: choose('size', 64, 96, 128, 160),
  keep: choose('multiply-adds kept', 1, 0.75, 0.5),
  overrides: {},
};

const all: readonly Space[] = [
  {
    name: 'turbovit',
    about:
      'mask-unit attention and Q-pooling (TurboViT, Hiera): width, heads, depth and MLP of each stage, widths need not grow',
    model: 'turbovit_r1',
    overrides: {
      widths: [1, 2, 3, 4].map((stage) => ({
        product: [`heads ${stage}`, choose(`head size ${stage}`, 16, 24, 32, 48)],
      })),
      heads: [
        choose('heads 1', 1, 2, 3),
        choose('heads 2', 1, 2, 3, 4),
        choose('heads 3', 1, 2, 3, 4, 5, 6),
        choose('heads 4', 2, 3, 4, 6, 8),
      ],
      depths: [
        choose('depth 1', 1, 2),
        choose('depth 2', 1, 2, 3),
        choose('depth 3', 1, 2, 3, 5, 7),
        choose('depth 4', 1, 2, 3),
      ],
      local: [true, choose('local 2', true, false), choose('local 3', true, false), false],
      mlpRatios: [
        choose('mlp 1', 2, 3, 4),
        choose('mlp 2', 2, 3, 4),
        choose('mlp 3', 2, 3, 4),
        choose('mlp 4', 2, 3, 4),
      ],
    },
  },
  {
    name: 'ascan',
    about: 'where convolution stands and where attention (AsCAN): layout, widths, expansion, what mixes tokens',
    model: 'ascan-micro',
    overrides: {
      stem: choose('stem', 8, 16, 24, 32),
      widths: [
        choose('width 0', 8, 16, 24, 32),
        choose('width 1', 32, 64, 96),
        choose('width 2', 32, 64, 96, 128),
        choose('width 3', 64, 96, 128, 160, 256),
      ],
      layout: layout(
        ['C', 'CC'],
        ['C', 'CC', 'CT', 'CCC', 'CCT', 'CTT'],
        ['C', 'CC', 'CT', 'CCC', 'CCT', 'CTT', 'CCTT', 'CCCC'],
        ['C', 'CC', 'CT', 'CCC', 'CCT', 'CTT'],
      ),
      expand: choose('expand', 2, 3, 4),
      mlpRatio: choose('mlp', 2, 4),
      mixer: choose('mixer', 'mha', 'mrl'),
      act: choose('act', 'relu', 'silu'),
    },
  },
  {
    name: 'efficientformer',
    about:
      'averages of neighbours first, attention in the last blocks (EfficientFormer): width and depth of each stage, how many blocks attend, MLP, what mixes tokens',
    model: 'efficientformer_l1',
    overrides: {
      widths: [
        choose('width 1', 16, 24, 32, 48),
        choose('width 2', 32, 48, 64, 96),
        choose('width 3', 64, 96, 128, 160, 224),
        choose('width 4', 96, 128, 192, 256, 320, 448),
      ],
      depths: [
        choose('depth 1', 1, 2, 3),
        choose('depth 2', 1, 2, 3),
        choose('depth 3', 1, 2, 4, 6),
        choose('depth 4', 2, 3, 4),
      ],
      // Never more than the last stage's fewest blocks: every design can be built.
      attentionBlocks: choose('attention blocks', 1, 2),
      mlpRatio: choose('mlp', 2, 3, 4),
      mixer: choose('mixer', 'mha', 'mrl'),
    },
  },
  {
    name: 'efficientformerv2',
    about:
      'convolutions first, attention in the last blocks of the last two stages (EfficientFormerV2): width, depth and MLP of each stage, how many blocks attend, what mixes tokens',
    model: 'efficientformerv2_s0',
    overrides: {
      widths: [
        choose('width 1', 8, 16, 24, 32),
        choose('width 2', 16, 24, 32, 48),
        choose('width 3', 32, 48, 64, 96),
        choose('width 4', 64, 88, 128, 176),
      ],
      depths: [
        choose('depth 1', 1, 2),
        choose('depth 2', 1, 2),
        choose('depth 3', 2, 3, 4, 6),
        choose('depth 4', 2, 3, 4),
      ],
      // Never more than the fewest blocks of a stage: every design can be built.
      attentionBlocks: choose('attention blocks', 0, 1, 2),
      mlpRatios: [
        choose('mlp 1', 2, 3, 4),
        choose('mlp 2', 2, 3, 4),
        choose('mlp 3', 2, 3, 4),
        choose('mlp 4', 2, 3, 4),
      ],
      mixer: choose('mixer', 'mha', 'mrl'),
    },
  },
  {
    name: 'pretrained',
    about:
      'networks of the package that know pictures already, trained on: which one, at which size, how many of their channels are left',
    ...known,
  },
  {
    name: 'adapters',
    about:
      'networks of the package that stay as they are, and pairs of some rank that learn beside them: which one, at which size, how many of its channels are left, which rank',
    ...known,
    adapters: { rank: choose('rank', 1, 2, 4, 8, 16) },
  },
  {
    name: 'exits',
    about:
      'early exits or none, beside a convolutional network of some widths and depths (AsCAN with a Dynamic Perceiver’s branch): whether easy pictures that leave early are worth what the branch takes',
    model: 'ascan-micro',
    exits: choose('latents for exits', 0, 8, 32, 128),
    size: choose('size', 64, 96, 128),
    overrides: {
      widths: [
        choose('width 0', 16, 24),
        choose('width 1', 32, 64),
        choose('width 2', 64, 96, 128),
        choose('width 3', 96, 128, 160),
      ],
      layout: layout(['C', 'CC'], ['CC', 'CCC'], ['CC', 'CCT', 'CCCT'], ['C', 'CT', 'CCT']),
    },
  },
  {
    name: 'ascan-ratio',
    about:
      'the share of attention as a slider: equal numbers of blocks, convolution turned into attention from the back of each stage',
    model: 'ascan-nano',
    overrides: {
      layout: layout(
        ['CC'],
        ['CCCC', 'CCCT', 'CCTT', 'CTTT'],
        ['CCCC', 'CCCT', 'CCTT', 'CTTT'],
        ['CCCC', 'CCCT', 'CCTT', 'CTTT'],
      ),
    },
  },
];

/** Spaces that come with the package, by name. */
export const spaceNames = all.map(({ name }) => name);

/** @throws YosegiError that names the nearest, where there is none of that name */
export function spaceNamed(name: string): Space {
  const known = oneOf('space', name, spaceNames);
  return spaceOf(all.find((s) => s.name === known)!, `the space ${known}`);
}
