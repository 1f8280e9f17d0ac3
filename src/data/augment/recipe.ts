import { z } from 'zod';
import { check, oneOf } from '../../base/errors.ts';
import { opNames } from './ops.ts';

const share = z.number().min(0).max(1);
const strength = z.number().min(0).max(1);

const cropSchema = z.strictObject({
  /** Share of the picture's area that is kept, from … to. */
  scale: z
    .tuple([z.number().gt(0).max(1), z.number().gt(0).max(1)])
    .refine(([low, high]) => low <= high, 'the first number must not exceed the second'),
  /** Width to height of the crop, relative to that of the network's input, from … to. */
  ratio: z
    .tuple([z.number().positive(), z.number().positive()])
    .refine(([low, high]) => low <= high, 'the first number must not exceed the second')
    .default([3 / 4, 4 / 3]),
  /** `random` draws bilinear or bicubic for each picture. */
  interpolation: z.enum(['bilinear', 'bicubic', 'random']).default('bilinear'),
  /** For pictures with boxes: where crops are put; null looks at none. */
  targets: z
    .strictObject({
      /** Probability that a crop is put so that it holds one box drawn at random, whole where it fits. */
      seeing: share.default(0.5),
      /** Which box: any, or small ones sooner, with a chance that falls with the box's side. */
      prefer: z.enum(['any', 'small']).default('any'),
      /** Crops that leave less than this share of a box, but some of it, are drawn again, at most ten times; 0 lets them be. */
      minVisible: share.default(0),
    })
    .nullable()
    .default(null),
});

const scaleJitterSchema = z.strictObject({
  /** Size of the picture, 1 where it just fits into the input (of tiles: as they see it), from … to; what is larger is cut at random, what is smaller is put at random. */
  scale: z
    .tuple([z.number().gt(0).max(10), z.number().gt(0).max(10)])
    .refine(([low, high]) => low <= high, 'the first number must not exceed the second')
    .default([0.5, 2]),
  /** For pictures with boxes: probability that what is cut is put so that it holds one of them, drawn at random. */
  seeing: share.default(0),
});

const mosaicSchema = z.strictObject({
  /** With which probability a picture becomes one of four, itself and three others. */
  prob: share.default(0.5),
  /** Where the four meet, as a share of width and of height, from … to. */
  centre: z
    .tuple([z.number().gt(0).lt(1), z.number().gt(0).lt(1)])
    .refine(([low, high]) => low <= high, 'the first number must not exceed the second')
    .default([0.3, 0.7]),
  /** Share of each picture's area that is kept, from … to. */
  scale: z
    .tuple([z.number().gt(0).max(1), z.number().gt(0).max(1)])
    .refine(([low, high]) => low <= high, 'the first number must not exceed the second')
    .default([0.4, 1]),
});

const jitterSchema = z.strictObject({
  /** Factor 1 ± at most this much; 0 leaves it alone. */
  brightness: strength.default(0),
  contrast: strength.default(0),
  saturation: strength.default(0),
  /** Turn of the colour circle by ± at most this part of it. */
  hue: z.number().min(0).max(0.5).default(0),
  prob: share.default(1),
});

const randAugmentSchema = z.strictObject({
  /** How many operations are drawn for a picture. */
  n: z.int().min(1).max(10).default(2),
  /** Strength, 0 … 10. */
  magnitude: z.number().min(0).max(10).default(9),
  /** Standard deviation of the strength, drawn anew for each operation. */
  magnitudeStd: z.number().min(0).max(10).default(0.5),
  /** With which probability a drawn operation is carried out. */
  prob: share.default(0.5),
  ops: z
    .array(z.enum(opNames))
    .min(1)
    .default([...opNames]),
});

const eraseSchema = z.strictObject({
  prob: share,
  /** Share of the input's area that is erased, from … to. */
  area: z
    .tuple([share, share])
    .refine(([low, high]) => low <= high, 'the first number must not exceed the second')
    .default([0.02, 1 / 3]),
  /** Smallest height to width of the rectangle; the largest is its reciprocal. */
  aspect: z.number().gt(0).max(1).default(0.3),
  /** What fills it: the mean colour, one random colour, or noise. */
  fill: z.enum(['mean', 'colour', 'noise']).default('noise'),
});

const mixSchema = z.strictObject({
  /** α of the Beta distribution of mixup; 0 turns it off. */
  mixup: z.number().min(0).max(10).default(0),
  /** α of the Beta distribution of cutmix; 0 turns it off. */
  cutmix: z.number().min(0).max(10).default(0),
  /** With which probability a batch is mixed at all. */
  prob: share.default(1),
  /** With which probability it is cutmix where both are on. */
  cutmixShare: share.default(0.5),
});

/**
 * An augmentation recipe: a plain object that says how training pictures are varied. A part that is null is off.
 * The meanings are timm's; every draw comes from the Philox stream (seed, 'augment', epoch, item).
 */
export const recipeSchema = z
  .strictObject({
    name: z.string().default('custom'),
    /** Random resized crop; null uses the evaluation transform instead. */
    crop: cropSchema.nullable().default(null),
    /** The picture smaller or larger by a random factor, cut or with a border (Ghiasi et al. 2021), for dense targets; in place of `crop`. */
    scaleJitter: scaleJitterSchema.nullable().default(null),
    /** Four pictures in one (Bochkovskiy et al. 2020), for tasks whose targets can be put together; others go without. */
    mosaic: mosaicSchema.nullable().default(null),
    /** Probability of mirroring left-right. */
    hflip: share.default(0),
    /** Probability of mirroring up-down. */
    vflip: share.default(0),
    jitter: jitterSchema.nullable().default(null),
    randAugment: randAugmentSchema.nullable().default(null),
    erase: eraseSchema.nullable().default(null),
    mix: mixSchema.nullable().default(null),
    /** Share of the target spread evenly over all classes. */
    labelSmoothing: z.number().min(0).lt(1).default(0),
  })
  .refine(
    ({ crop, scaleJitter }) => !(crop && scaleJitter),
    'crop and scaleJitter exclude each other: make one of them null',
  );

export type Recipe = z.infer<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;

/**
 * The named recipes. `mirror` mirrors left-right and does nothing else; `light` suits pictures from a fixed camera; `standard` a few thousand photos; `strong` is the
 * field's recipe for long training from scratch (rand-m9-mstd0.5-inc1, mixup 0.8, cutmix 1, erasing 0.25).
 * `dense` varies size and place for boxes and masks; `tiles` does so in pictures
 * that are looked at in tiles; `small` looks closely at small boxes.
 * All but `none` mirror left-right: turn `hflip` off where left and right mean something.
 */
const named = {
  none: {},
  mirror: { hflip: 0.5 },
  light: { crop: { scale: [0.5, 1] }, hflip: 0.5, jitter: { brightness: 0.1, contrast: 0.1 } },
  standard: {
    crop: { scale: [0.25, 1], interpolation: 'random' },
    hflip: 0.5,
    jitter: { brightness: 0.3, contrast: 0.3, saturation: 0.3 },
    erase: { prob: 0.1 },
    labelSmoothing: 0.1,
  },
  strong: {
    crop: { scale: [0.08, 1], interpolation: 'random' },
    hflip: 0.5,
    randAugment: { n: 2, magnitude: 9, magnitudeStd: 0.5 },
    erase: { prob: 0.25 },
    mix: { mixup: 0.8, cutmix: 1 },
    labelSmoothing: 0.1,
  },
  dense: { scaleJitter: { scale: [0.5, 2] }, hflip: 0.5, jitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2 } },
  tiles: {
    scaleJitter: { scale: [0.7, 1.4], seeing: 0.6 },
    hflip: 0.5,
    jitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2 },
  },
  small: {
    crop: { scale: [0.05, 0.5], targets: { seeing: 0.8, prefer: 'small', minVisible: 0.3 } },
    hflip: 0.5,
    jitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2 },
  },
} satisfies Record<string, RecipeInput>;

export type RecipeName = keyof typeof named;
/** What is taken where nobody asks for another. */
export const defaultRecipe: RecipeName = 'light';

export const recipeNames: readonly RecipeName[] = [
  'none',
  'mirror',
  'light',
  'standard',
  'strong',
  'dense',
  'tiles',
  'small',
];

/**
 * A complete, checked recipe from a name or an object; `changes` replace whole parts of it.
 * @throws YosegiError that names every field that is wrong, or the nearest known name
 */
export function recipe(from: string | RecipeInput, changes: RecipeInput = {}): Recipe {
  const base: RecipeInput = typeof from === 'string' ? preset(from) : from;
  const parsed = recipeSchema.safeParse({ ...base, ...changes });
  check(parsed.success, () => `the augmentation recipe is not valid: ${z.prettifyError(parsed.error!)}`);
  return parsed.data;
}

function preset(name: string): RecipeInput {
  const known = oneOf('augmentation recipe', name, recipeNames);
  return { name: known, ...named[known] };
}
