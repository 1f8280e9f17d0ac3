import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { oneOf } from '../../src/base/errors.ts';
import { root } from '../venv.ts';

/** Something that users do with MobileNetV2, timed on every side with the same formula weights and images. */
export const tuningSubjectSchema = z.object({
  title: z.string(),
  model: z.string(),
  size: z.int(),
  classes: z.int(),
  batch: z.int(),
  /** What one iteration is: a step on pictures that are there; an epoch over a folder of pictures; the way of a new process to its first step. */
  times: z.enum(['step', 'epoch', 'start']),
  /** What stays as it is, in the words of `--freeze`. */
  frozen: z.array(z.string()),
  /** Only the head is there: its features were computed before. */
  kept: z.boolean(),
  /** Low-rank pairs beside the layers of these names, as PEFT has them: they count alpha / rank. */
  pairs: z.object({ rank: z.int(), alpha: z.number(), layers: z.array(z.string()) }).optional(),
});
export type TuningSubject = z.infer<typeof tuningSubjectSchema>;

const about: Omit<TuningSubject, 'title'> = {
  ...{ model: 'mobilenetv2_100', size: 224, classes: 7, batch: 32 },
  ...{ times: 'step', frozen: [], kept: false },
};

/** PEFT's default of alpha is 8 whatever the rank. */
const pairs = { rank: 2, alpha: 8, layers: ['*.conv_pw', '*.conv_pwl'] };

const subjects = {
  probe: { ...about, title: 'linear probe on features that were kept (`--probe`), a step', kept: true },
  head: { ...about, title: 'the head alone, backbone in every step (`--freeze backbone`)', frozen: ['backbone'] },
  stride16: { ...about, title: 'above stride 16 (`--freeze blocks.4`), a step', frozen: ['blocks.4'] },
  stride8: { ...about, title: 'above stride 8 (`--freeze blocks.2`), a step', frozen: ['blocks.2'] },
  whole: { ...about, title: 'all layers, a step' },
  lora: { ...about, title: 'low-rank pairs beside pointwise convolutions (`--adapt lora`), a step', pairs },
  epoch: { ...about, title: 'above stride 16, an epoch from files', frozen: ['blocks.4'], times: 'epoch' },
  start: { ...about, title: 'above stride 16, from the start to the first step', frozen: ['blocks.4'], times: 'start' },
} satisfies Record<string, TuningSubject>;
type TuningKey = keyof typeof subjects;
export const tuningKeys = Object.keys(subjects) as TuningKey[];

export const tuningSubject = (key: string): TuningSubject => subjects[oneOf('subject', key, tuningKeys)];

/** The pictures that epochs are made of: their folder, and those of its training split with their classes. */
export const picturesFolder = join(root, 'demo/data/x-sdd');

export interface Pictures {
  readonly root: string;
  /** Path below the root and number of the class. */
  readonly files: readonly (readonly [string, number])[];
}

const splitSchema = z.object({ classes: z.array(z.string()), train: z.array(z.string()) });

export function pictures(): Pictures {
  const { classes, train } = splitSchema.parse(JSON.parse(readFileSync(join(picturesFolder, 'split.json'), 'utf8')));
  return {
    root: join(picturesFolder, 'images'),
    files: train.map((path) => [path, classes.indexOf(path.split('/')[0]!)]),
  };
}

/** Pictures that one iteration learns from; undefined where it is not about their number. The last batch of an epoch is dropped where it is not whole. */
export function imagesOf({ times, batch }: TuningSubject): number | undefined {
  if (times === 'start') return undefined;
  return times === 'step' ? batch : batch * Math.floor(pictures().files.length / batch);
}
