import { constantOf, type Value } from '../graph/value.ts';
import type { Imported } from '../onnx/read.ts';
import type { OwnAnswers } from './answers.ts';
import type { Ending } from './ending.ts';

/** What a person should know of a file that was taken in. */

/** By which contract a detector's or segmenter's outputs are read. */
export const contractNotes = ({ record, why, notes }: OwnAnswers) => [
  `its outputs are taken for those of ${record.contract}: ${why}`,
  ...notes,
];

/** What was taken off behind the logits, and what the file's answers are here. */
export function endingNotes({
  ending: { ops },
  logits,
}: {
  readonly ending: Ending;
  readonly logits: Value | undefined;
}): string[] {
  if (ops.length === 0) {
    if (logits?.type.shape[1] !== 1) return [];
    return ['the file gives one number for an image: it is no classifier until it is trained with a new head'];
  }
  if (ops.some((op) => op === 'Softmax' || op === 'LogSoftmax'))
    return ['the file gives probabilities: the softmax at its end was taken off, logits come out'];
  const off = `the file ends in ${ops.join(', ')}: it was taken off, logits come out`;
  if (ops.includes('Sigmoid') || ops.includes('HardSigmoid')) {
    const two = logits?.type.shape[1] === 2;
    return [
      `${off}; here exactly one class is right, and how sure the model is adds up to one over the classes` +
        (two ? '. One answer became two classes: the second is the one that the file speaks of' : ''),
    ];
  }
  return [off];
}

/** Files that prepare pixels themselves want others than those that do not. */
export function pixelNotes({ graph: g }: Imported, image: Value): string[] {
  const pixels = new Set([image]);
  const arithmetic: string[] = [];
  for (const { op, inputs, outputs } of g.nodes) {
    const own = inputs.some((v) => v && pixels.has(v)) && inputs.every((v) => v && (pixels.has(v) || constantOf(v)));
    if (!own || !['Transpose', 'Cast', 'Add', 'Sub', 'Mul', 'Div'].includes(op)) continue;
    pixels.add(outputs[0]!);
    if (op.length === 3) arithmetic.push(op);
  }
  if (arithmetic.length === 0) return [];
  return [
    `it begins with arithmetic on the pixels (${arithmetic.join(', ')}): if it normalises them itself, it wants --preprocessing bytes or unit`,
  ];
}
