import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { check } from '../src/base/errors.ts';
import { peerModel, type Subject } from './subjects.ts';
import { root } from './venv.ts';

/** A network as PyTorch exported it, with the formula weights (reference/formula.py). */
export interface Exported {
  readonly file: string;
  /** Of its image: [batch, 3, size, size], the batch fixed as torch.onnx.export does unless told otherwise. */
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly exporter: 'dynamo' | 'legacy';
  readonly opset: number;
  /** PyTorch's own, on the formula's images. */
  readonly logits: readonly number[];
}

/** Lets PyTorch export the subject's network at its batch into `folder`. Throws with PyTorch's words where it cannot. */
export function exported(python: string, subject: Subject, folder: string): Exported {
  const file = join(folder, `${subject.model}-${subject.batch}.onnx`);
  const { status, stdout, stderr, error } = spawnSync(python, [join(root, 'bench/peers/export.py')], {
    input: JSON.stringify({ ...peerModel(subject), batch: subject.batch, file }),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  check(status === 0, () => `not exported: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  const { params, ...rest } = JSON.parse(stdout) as Omit<Exported, 'file' | 'shape' | 'parameters'> & {
    params: number;
  };
  return { file, shape: [subject.batch, 3, subject.size, subject.size], parameters: params, ...rest };
}

/** Largest difference of logits that is still the same network, of the largest logit. */
const SAME = 1e-3;

/** How it was made and how near `logits` of the file are to PyTorch's own, in words. Throws where they are another network's. */
export function exportedText({ exporter, opset, logits }: Exported, got: readonly number[]): string {
  const scale = logits.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const apart = logits.reduce((most, v, i) => Math.max(most, Math.abs(v - (got[i] ?? Number.NaN))), 0) / scale;
  check(
    got.length === logits.length && apart <= SAME,
    () =>
      `the exported file's logits differ from PyTorch's by ${apart.toExponential(1)} of the largest, and may by ${SAME}: it is not the same network`,
  );
  return `torch.onnx.export (${exporter}), opset ${opset}, logits within ${apart.toExponential(1)} of PyTorch's largest`;
}
