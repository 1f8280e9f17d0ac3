import { encoderGraph, isCaptioned } from '../../../models/denoiser/captioned.ts';
import { isDenoiser } from '../../../models/denoiser/denoiser.ts';
import type { Captioned } from '../../captioned.ts';
import { generateEvaluation } from '../evaluation.ts';
import { keptOptions } from '../options.ts';
import { captionsOf, type GenerateTarget } from '../target.ts';

/** Channels of a head of the encoder that is trained along. */
const HEAD = 32;
/** Options that mean nothing where no captions are told. */
const own = ['textEncoder', 'textLength', 'textVocabulary', 'textWidth', 'textDepth', 'textQuery'] as const;
/** Those of them that mean nothing where an encoder stays as it is. */
const small: readonly string[] = ['textVocabulary', 'textWidth', 'textDepth'];

/** How the network that makes pictures is told captions. */
export const captionedGenerate: Captioned<GenerateTarget> = {
  captions: captionsOf,
  wish: (options) => {
    const o = keptOptions.parse(options);
    const given = own.filter((name) => o[name] !== undefined && o[name] !== false);
    return {
      ...{ encoder: o.textEncoder, length: o.textLength ?? 32, vocabulary: o.textVocabulary ?? 2000 },
      ...{ dropout: o.labelDropout, given, trained: given.filter((name) => small.includes(name)) },
    };
  },
  settle: (options, { length, vocabulary, width: frozen }) => {
    const o = keptOptions.parse(options);
    const width = frozen ?? o.textWidth ?? 128;
    const trained = { vocabulary, depth: o.textDepth ?? 2, heads: width / HEAD };
    return {
      ...options,
      text: { length, width, query: o.textQuery ?? false, ...(frozen === undefined && { trained }) },
    };
  },
  withTold: (evaluation, told) => generateEvaluation.parse({ ...generateEvaluation.parse(evaluation), told }),
  shape: (options) => {
    const { text } = keptOptions.parse(options);
    return text && { length: text.length, width: text.width };
  },
  encoder: ({ model }) => (isDenoiser(model) && isCaptioned(model) ? encoderGraph(model) : undefined),
};
