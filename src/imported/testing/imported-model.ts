import { oneOf } from '../../base/errors.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import type { Value } from '../../graph/value.ts';
import type { Stage } from '../../models/stage.ts';
import type { Imported } from '../../onnx/read.ts';
import type { Model as OnnxModel } from '../../onnx/wire/messages.ts';
import { classifierOf } from '../classifier.ts';
import type { Head } from '../find-heads.ts';
import { type ImageOptions, importedFeatures } from '../image-input.ts';
import { stagesOf } from '../stages.ts';

/** For tests: everything that is found in a file, before a model is built of it. */
export interface ImportedModel {
  readonly graph: Graph;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly classes: number;
  readonly image: Value;
  readonly logits: Value;
  readonly restore: (logits: Value) => Value;
  readonly pooled: Value | undefined;
  readonly heads: readonly Head[];
  readonly stages: readonly Stage[];
  readonly weights: Imported['weights'];
  readonly notes: readonly string[];
}

export function importedModel(
  file: OnnxModel,
  { logits: wanted, cut, ...options }: ImageOptions & { readonly logits?: string; readonly cut?: string } = {},
): ImportedModel {
  const { image, imported, size, channels, notes } = importedFeatures(file, options);
  const { logits, heads, ending } = classifierOf(imported, wanted);
  const end = cut === undefined ? undefined : imported.named.get(oneOf('value', cut, [...imported.named.keys()]));
  const outputs: Record<string, Value> = end ? { [cut!]: end } : { logits };
  return {
    graph: graph(outputs),
    size,
    channels,
    classes: Number(logits.type.shape[1]),
    image,
    logits,
    restore: ending.restore,
    pooled: heads[0]?.value,
    heads,
    stages: stagesOf(logits, image, size),
    weights: imported.weights,
    notes,
  };
}
