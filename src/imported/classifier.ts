import { check, oneOf } from '../base/errors.ts';
import { reshape } from '../graph/build.ts';
import type { Value } from '../graph/value.ts';
import type { Imported } from '../onnx/read.ts';
import { type Ending, endingOf, isRow } from './ending.ts';
import { type Head, headsOf } from './find-heads.ts';

/** The classifier in an imported graph. */
export interface ImportedClassifier {
  /** [N, classes] */
  readonly logits: Value;
  /** What stands behind the logits in the file, and was taken off. */
  readonly ending: Ending;
  readonly heads: readonly Head[];
  /** The file's name of the output that the logits come from. */
  readonly output: string;
}

/** Finds the logits among the outputs, or takes those of the output `wanted`. */
export function classifierOf(imported: Imported, wanted?: string): ImportedClassifier {
  const { ending, name } = logitsOf(imported, wanted);
  const logits = reshape(ending.logits, ending.logits.type.shape.slice(0, 2));
  return { logits, ending, heads: headsOf(logits), output: name };
}

function logitsOf({ graph: g, weights }: Imported, wanted: string | undefined): { name: string; ending: Ending } {
  if (wanted !== undefined) oneOf('output of the model', wanted, [...g.outputs.keys()]);
  const candidates = [...g.outputs]
    .filter(([name, value]) => isRow(value) && (wanted ?? name) === name)
    .map(([name, value]) => ({ name, ending: endingOf(value, weights) }));
  const told = [...g.outputs].map(([name, value]) => `'${name}' [${value.type.shape}]`).join(', ');
  check(candidates.length > 0, () => `no output is a matrix of logits [N, classes]; the outputs: ${told}`);
  // Logits and their probabilities side by side are one answer.
  const [plainest] = [...candidates].sort((a, b) => a.ending.ops.length - b.ending.ops.length);
  const one = candidates.every((c) => c.ending.logits === plainest!.ending.logits);
  const named = candidates.find((c) => c.name === 'logits');
  check(one || named, () => `several outputs could be the logits: ${told}; say which in options.logits`);
  return named ?? plainest!;
}
