import { concat, reduceMean, relu } from '../../graph/build.ts';
import { frontier } from '../../graph/frontier.ts';
import { input, type Value } from '../../graph/value.ts';
import type { Exit, ExitModel } from '../../models/model.ts';
import { stageFrom } from '../../models/stage.ts';
import { batchNorm, conv2d, globalAveragePool, linear, toTokens } from '../../nn/layers.ts';
import { rootScope } from '../../nn/scope.ts';

/**
 * For tests: a model of three exits, small and awkward. The last exit reads the image again, the first one's logits, and tokens
 * that were made before the first exit and are looked at by the second; batch normalisations stand on both sides of the cuts.
 */
export function threeExits(classes = 4, size = 32): ExitModel {
  const s = rootScope();
  const image = input('image', 'float32', ['N', 3, size, size]);
  const block = (name: string, x: Value, channels: number, stride: number) =>
    s.in(name, (c) => {
      const y = c.in('conv', (l) => conv2d(l, x, channels, { stride }));
      return relu(c.in('bn', (l) => batchNorm(l, y)));
    });
  const head = (name: string, x: Value) => s.in(name, (c) => linear(c, x, classes));

  const first = block('first', image, 8, 2);
  const early = head('head1', globalAveragePool(first));
  const tokens = toTokens(first);
  const mixed = s.in('mix', (c) => linear(c, tokens, 6));
  const second = block('second', first, 12, 2);
  const middle = head('head2', concat([globalAveragePool(second), s.in('see', (c) => linear(c, early, 5))], 1));
  const third = block('third', concat([block('again', image, 4, 4), second], 1), 16, 1);
  const again = s.in('mix2', (c) => linear(c, tokens, 3));
  const pooled = concat(
    [globalAveragePool(third), reduceMean(mixed, [1], false), reduceMean(again, [1], false), middle],
    1,
  );
  const logits = head('head3', pooled);

  const named = { early, middle, last: logits };
  const all = Object.values(named);
  const exits: Exit[] = Object.entries(named).map(([name, value], k) => ({
    name,
    logits: value,
    carries: frontier(all.slice(0, k + 1), all.slice(k + 1)),
  }));
  return {
    name: 'three-exits',
    family: 'test',
    blocks: /^\w+/,
    resize: {},
    size: [size, size],
    channels: 3,
    classes,
    image,
    pooled,
    logits,
    stages: [stageFrom({ name: 'first', value: first, level: 2 }, [size, size])],
    dropPath: 0,
    dropRate: 0,
    exits,
  };
}
