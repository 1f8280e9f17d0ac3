import { check } from '../../base/errors.ts';
import { type Graph, graph, nameOf } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import type { TextEncoder, TextShape } from '../text-encoder/text-encoder.ts';
import type { CaptionValues, Denoiser } from './denoiser.ts';

/** A denoiser that is told captions. Its `logits` are what it predicts for inputs `image`, `time`, `text`, `mask` and `pooled`. */
export interface CaptionedDenoiser extends Denoiser {
  readonly captions: {
    readonly shape: TextShape;
    /** What reads them, where that is trained along; else they come read already. */
    readonly encoder?: TextEncoder | undefined;
    readonly textQuery: boolean;
  };
}

/** Whether a denoiser is told captions. */
export const isCaptioned = (model: Denoiser): model is CaptionedDenoiser => 'captions' in model;

/** Captions as an encoder has read them, as inputs of a graph. */
export function captionInputs({ length, width }: TextShape): CaptionValues {
  return {
    tokens: input('text', 'float32', ['N', length, width]),
    mask: input('mask', 'float32', ['N', length]),
    pooled: input('pooled', 'float32', ['N', width]),
  };
}

/** The same network told captions in the place of classes; its parameters differ by those that read them. */
export function captioned(model: Denoiser, captions: CaptionedDenoiser['captions']): CaptionedDenoiser {
  const { image, time, denoise, name } = model;
  const { shape, textQuery } = captions;
  const predicted = denoise(image, { time, caption: { ...captionInputs(shape), textQuery } });
  check(
    graph({ predicted }).inputs.some((value) => nameOf(value) === 'text'),
    () => `captions are read by T blocks, and ${name} has none: give it a --layout with some, such as CC|CT|TT`,
  );
  return { ...model, pooled: predicted, logits: predicted, captions };
}

/** What a denoiser's own encoder makes of tokens: int64 `tokens` and float32 `mask` [N, length] → `text` and `pooled`; undefined without one. */
export function encoderGraph({ captions }: CaptionedDenoiser): Graph | undefined {
  const { encoder, shape } = captions;
  return encoder && textGraph(encoder, shape);
}

/** An encoder of captions as a graph of its own, as {@link encoderGraph}. */
export function textGraph(encoder: TextEncoder, { length }: Pick<TextShape, 'length'>): Graph {
  const read = encoder(input('tokens', 'int64', ['N', length]), input('mask', 'float32', ['N', length]));
  return graph({ text: read.tokens, pooled: read.pooled });
}
