import { random } from '../../base/random.ts';
import { f32, sizeOf } from '../../base/tensor.ts';
import { values } from '../../diffusion/maths.ts';
import type { Level, Process } from '../../diffusion/process.ts';
import { add, cast, expandLike, less, mul, reduceMean, reshape, sub, where } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { constant, input, type Value } from '../../graph/value.ts';
import { captionInputs, isCaptioned } from '../../models/denoiser/captioned.ts';
import type { Denoiser, Wish } from '../../models/denoiser/denoiser.ts';
import type { Draw, Objective } from '../objective.ts';

/** [N, 1], the class of each picture from 0, as the encoder writes it. */
const labels = () => input('labels', 'float32', ['N', 1]);

const classOf = (label: Value) => cast(reshape(label, [label.type.shape[0]!]), 'int64');

/** What pictures are known to show, from what the batches bring: a class, or a caption as tokens or read already. */
function shown(model: Denoiser): Wish {
  if (!isCaptioned(model)) return { label: classOf(labels()) };
  const { shape, encoder, textQuery } = model.captions;
  if (!encoder) return { caption: { ...captionInputs(shape), textQuery } };
  const mask = input('mask', 'float32', ['N', shape.length]);
  const ids = cast(input('tokens', 'float32', ['N', shape.length]), 'int64');
  return { caption: { ...encoder(ids, mask), mask, textQuery } };
}

/** The same in training, where some pictures' classes are not told; captions that are not told come as empty ones. */
function learnt(model: Denoiser, dropout: number): { readonly wish: Wish; readonly draws: readonly Draw[] } {
  if (isCaptioned(model)) return { wish: shown(model), draws: [] };
  const untold = input('untold', 'float32', ['N', 1]);
  const told = where(less(untold, dropout), model.classes, labels());
  return {
    wish: { label: classOf(told) },
    draws: [{ name: 'untold', shape: ['N', 1], from: { kind: 'uniform' } }],
  };
}

/** [N] for each pixel. */
const spread = (x: Value | number) => (typeof x === 'number' ? x : reshape(x, [x.type.shape[0]!, 1, 1, 1]));

/** Mean squared error of the prediction for a noisy picture, [N]: what the network is trained to predict is `towards`. */
function errorOf(model: Denoiser, picture: Value, noise: Value, wish: Wish, level: Level<Value>): Value {
  const mix = (a: Value | number, b: Value | number) => add(mul(picture, spread(a)), mul(noise, spread(b)));
  const noisy = mul(mix(level.signal, level.noise), spread(level.input));
  const predicted = model.denoise(noisy, { ...wish, time: level.embed });
  const error = sub(predicted, mix(level.towards.picture, level.towards.noise));
  return reduceMean(mul(error, error), [1, 2, 3], false);
}

/** What is minimised, with times, noise and classes that are not told drawn on the host. */
export function denoisingObjective(model: Denoiser, process: Process, labelDropout: number): Objective {
  const { image } = model;
  const shape = image.type.shape;
  const noise = input('noise', 'float32', shape);
  const moment = input('moment', 'float32', ['N']);
  const { wish, draws } = learnt(model, labelDropout);
  const level = process.levelAt(values, process.timeOf(values, moment));
  const each = mul(errorOf(model, image, noise, wish, level), level.weight);
  return {
    loss: reduceMean(each, undefined, false),
    outputs: { each },
    draws: [
      { name: 'noise', shape, from: { kind: 'normal' } },
      { name: 'moment', shape: ['N'], from: { kind: process.draws } },
      ...draws,
    ],
  };
}

/**
 * The same error, [N], at each of the process' own times with noise that is the same for every picture and every network, so that it can be
 * compared; named `error@<time>`.
 */
export function judgedErrors(model: Denoiser, process: Process): Record<string, Value> {
  const { image } = model;
  const shape = image.type.shape.slice(1).map((d) => fixed(d, 'the picture’s size'));
  const wish = shown(model);
  // One number a picture, to spread times over.
  const flat = reduceMean(image, [1, 2, 3], false);
  const errors = process.judged.map((time, k): [string, Value] => {
    const rng = random(0, 'judged', k);
    const noise = Float32Array.from({ length: sizeOf(shape) }, () => rng.normal());
    const at = expandLike(constant(f32([1], [time])), flat);
    const level = process.levelAt(values, at);
    return [`error@${time}`, errorOf(model, image, constant(f32([1, ...shape], noise)), wish, level)];
  });
  return Object.fromEntries(errors);
}
