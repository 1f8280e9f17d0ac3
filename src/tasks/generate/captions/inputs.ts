import { random } from '../../../base/random.ts';
import { f32, type Tensor } from '../../../base/tensor.ts';
import type { TextShape } from '../../../models/text-encoder/text-encoder.ts';
import type { Beside } from '../../making.ts';

/** Inputs of a shipped network that is told captions. */
export const captionInputs = ({ length, width }: TextShape): readonly Beside[] => [
  {
    name: 'text',
    dtype: 'float32',
    shape: [length, width],
    about: 'the caption’s tokens, `text` of text-encoder.onnx',
  },
  { name: 'mask', dtype: 'float32', shape: [length], about: '1 for each token of the caption, 0 behind the last' },
  { name: 'pooled', dtype: 'float32', shape: [width], about: 'the caption as a whole, `pooled` of text-encoder.onnx' },
];

/** Captions that nobody has written, to try a shipped network with. */
export function goldenCaptions(count: number, { length, width }: TextShape): Record<string, Tensor> {
  const rng = random(0, 'golden captions');
  const noise = (t: Tensor<'float32'>) => {
    t.data.forEach((_, i) => {
      t.data[i] = rng.normal();
    });
    return t;
  };
  const mask = f32([count, length]);
  for (let i = 0; i < count; i++)
    mask.data.fill(1, i * length, i * length + 1 + Math.floor(((i + 1) * (length - 1)) / count));
  return { text: noise(f32([count, length, width])), mask, pooled: noise(f32([count, width])) };
}
