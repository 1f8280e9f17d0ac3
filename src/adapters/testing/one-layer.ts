import { input, type Value } from '../../graph/value.ts';
import type { Model } from '../../models/model.ts';
import { stageFrom } from '../../models/stage.ts';
import { globalAveragePool, linear } from '../../nn/layers.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';

/** For tests: a model that is a function of an image [N, channels, size, size], with a classifier for three classes behind it. */
export function modelFrom(body: (s: Scope, image: Value) => Value, channels = 4, size = 8): Model {
  const s = rootScope();
  const image = input('image', 'float32', ['N', channels, size, size]);
  const value = body(s, image);
  const pooled = value.type.shape.length === 4 ? globalAveragePool(value) : value;
  return {
    name: 'small',
    family: 'small',
    blocks: /^/,
    resize: {},
    size: [size, size],
    channels,
    image,
    stages: value.type.shape.length === 4 ? [stageFrom({ name: 'end', value, level: 1 }, [size, size])] : [],
    dropPath: 0,
    classes: 3,
    dropRate: 0,
    pooled,
    logits: s.in('classifier', (head) => linear(head, pooled, 3)),
  };
}
