import { check } from '../base/errors.ts';
import { convTranspose, gelu } from '../graph/build.ts';
import { apply1 } from '../graph/op.ts';
import type { Value } from '../graph/value.ts';
import { uniformFanIn } from '../nn/init.ts';
import { gridNorm } from '../nn/layers.ts';
import { rootScope, type Scope } from '../nn/scope.ts';
import type { Backbone } from './model.ts';
import { type Stage, type StageMark, stageFrom } from './stage.ts';

/**
 * The feature maps at these levels (4, 8, 16, 32, …), in the order asked for; nothing else is computed. A level that the
 * architecture has is its last map there. One that it lacks is made of what it has:
 * - a coarser one by 2×2 max pooling of the next finer one (⌈H/2⌉ × ⌈W/2⌉, no parameters), as FPN makes its last level (Lin et al.
 *   2017, arXiv 1612.03144 §4.1): levels 8 to 32 of a CIFAR ResNet, 32 of a three-stage MRL or of a ViT with patches of 16;
 * - a finer one by 2×2 deconvolutions of stride 2 from the finest there is, halving the channels, with layer normalisation and GELU
 *   between two of them: the simple feature pyramid of ViTDet (Li et al. 2022, arXiv 2203.16527 §3), for levels 4 and 8 of a ViT.
 *   Their parameters are named `pyramid.{level}.…`, so that files of weights fit with and without them.
 *
 * Sizes are what the maps have: see Stage. A graph holds one pyramid of a backbone, for its parameters' names are its own.
 * @throws YosegiError where no map is known to make one of, or where a level cannot be reached by doubling and halving
 */
export function pyramid(backbone: Backbone, levels: readonly number[]): Stage[] {
  check(levels.length > 0, 'a pyramid needs at least one level, e.g. [4, 8, 16, 32]');
  check(
    backbone.stages.length > 0,
    () =>
      `${backbone.name} names no feature maps to make a pyramid of: import it again and say which values its stages end in ` +
      '(yosegi import FILE.onnx --stages …)',
  );
  const made = new Map<number, Stage>();
  return rootScope().in('pyramid', (s) => levels.map((level) => stageAtLevel(s, backbone, level, made)));
}

function stageAtLevel(s: Scope, backbone: Backbone, level: number, made: Map<number, Stage>): Stage {
  const { stages, size } = backbone;
  const known = made.get(level) ?? stages.findLast((stage) => stage.level === level);
  if (known) return known;
  check(
    Number.isInteger(level) && level >= 1 && level / 2 < Math.max(...size),
    () => `a pyramid of images of ${size.join('×')} has no level ${level}: take whole numbers up to the larger side`,
  );
  const related = stages.filter((stage) => Number.isInteger(Math.log2(stage.level / level)));
  const finer = related.some((stage) => stage.level < level);
  // The last of those at the finest level.
  const finest = related.toSorted((a, b) => b.level - a.level).at(-1);
  check(finest, () => unreachable(backbone, level));
  const mark: StageMark = {
    name: `pyramid.${level}`,
    level,
    value: finer
      ? halved(stageAtLevel(s, backbone, level / 2, made))
      : s.in(level, (l) => doubled(l, finest.value, Math.log2(finest.level / level))),
  };
  const stage = stageFrom(mark, size);
  made.set(level, stage);
  return stage;
}

function unreachable({ name, stages }: Backbone, level: number): string {
  const own = [...new Set(stages.map((stage) => stage.level))];
  const near = own.map((l) => `${l / 2}, ${l}, ${2 * l}`).join('; ');
  return (
    `${name} has feature maps at level ${own.join(', ')}, and level ${level} cannot be made of them by halving and doubling: ` +
    `ask for such as ${near}, or choose a patch size that is a power of two`
  );
}

/** The largest of each 2×2 pixels, also of what is left over at the border: [N, C, H, W] → [N, C, ⌈H/2⌉, ⌈W/2⌉]. */
function halved({ value, height, width }: Stage): Value {
  const kernel_shape = [Math.min(2, height), Math.min(2, width)];
  return apply1('MaxPool', [value], { kernel_shape, strides: [2, 2], ceil_mode: 1 });
}

/**
 * [N, C, H, W] → [N, C / 2^times, 2^times·H, 2^times·W]. Parameters {0, 3, 6, …}.{weight, bias} of the deconvolutions and, of the
 * normalisations between them, {1, 4, …}.{weight, bias}: ViTDet's `simfp_*` with the level in their place.
 */
function doubled(s: Scope, x: Value, times: number): Value {
  let y = x;
  for (let i = 0; i < times; i++) {
    const from = y.type.shape[1] as number;
    const channels = Math.max(1, Math.floor(from / 2));
    y = s.in(3 * i, (d) => {
      const shape = [from, channels, 2, 2];
      const init = uniformFanIn(shape);
      return convTranspose(y, d.param('weight', shape, init), d.param('bias', [channels], init), { strides: [2, 2] });
    });
    if (i + 1 < times) y = gelu(s.in(3 * i + 1, (n) => gridNorm(n, y)));
  }
  return y;
}
