/**
 * The part of a parameter's name that names its block, for files of any origin: the first number with what stands before it, and
 * the number of the block in a stage where one follows. `layer1.0` of layer1.0.conv1, `stages.1.blocks.0`, `features.3`,
 * `encoder.layers.encoder_layer_0`, `model/conv2d_3`.
 */
const block =
  /(?:[^./\d]+[./])*?[^./]*\d[^./]*(?:[./](?:blocks|layers)(?=[./]\d))?(?:[./](?:\d+|[a-z]+\d+-\d+|denselayer\d+)(?=[./]))?/
    .source;

/** The pattern of block names that suits these parameters; what nearly all of them begin with is no block. */
export function blocksOf(names: readonly string[]): RegExp {
  const prefix = commonParts(names).map((part) => `${part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')}[./]`);
  return new RegExp(`^${prefix.join('')}${block}`);
}

/** The first parts that nine tenths of the names share. */
function commonParts(names: readonly string[]): string[] {
  const shared: string[] = [];
  let left = names.map((name) => name.split(/[./]/, 16));
  for (;;) {
    const depth = shared.length;
    const counts = new Map<string, number>();
    for (const parts of left) {
      if (parts.length > depth + 1) counts.set(parts[depth]!, (counts.get(parts[depth]!) ?? 0) + 1);
    }
    const [most] = [...counts].sort((a, b) => b[1] - a[1]);
    if (!most || most[1] < 0.9 * names.length) return shared;
    shared.push(most[0]);
    left = left.filter((parts) => parts[depth] === most[0]);
  }
}
