import type { Node } from '../wire/messages.ts';

/**
 * Where in the model a node was made, as a dotted path like `stages.0.conv1`: PyTorch's exporters write it into the node's name
 * (`/stages.0/conv1/Conv`) or its metadata, TensorFlow's and ours into the name before the last slash.
 */
export function scopeOf(node: Node): string {
  const scopes = node.metadataProps?.find((p) => p.key === 'pkg.torch.onnx.name_scopes')?.value;
  if (scopes) {
    const names = [...scopes.matchAll(/'([^']*)'/g)].map((m) => m[1]!);
    // The last name is the operation's own.
    return names.at(-2) ?? '';
  }
  const parts = (node.name ?? '').split('/').slice(0, -1).filter(Boolean);
  // PyTorch repeats what containers are called in them: /layer1/layer1.0/layer1.0.1 is layer1.0.1.
  return parts.reduce((path, part, i) => {
    const before = parts[i - 1];
    if (before === undefined) return part;
    return part.startsWith(`${before}.`) ? path + part.slice(before.length) : `${path}.${part}`;
  }, '');
}
