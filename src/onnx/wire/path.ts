/** ['graph', 'node', 3, 'opType'] as graph.node[3].op_type, with the field names of onnx.proto. */
export function pathText(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'the model';
  let text = '';
  // A very deep path says the same thing over and over: its two ends are enough.
  const shown = path.length > 40 ? [...path.slice(0, 20), '…', ...path.slice(-20)] : path;
  for (const step of shown) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text && '.'}${step.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`;
  }
  return text;
}
