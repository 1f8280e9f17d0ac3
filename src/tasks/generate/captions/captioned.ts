import { encoderGraph, isCaptioned } from '../../../models/denoiser/captioned.ts';
import { isDenoiser } from '../../../models/denoiser/denoiser.ts';
import type { Captioned } from '../../captioned.ts';
import { keptOptions } from '../options.ts';
import { captionsOf, type GenerateTarget } from '../target.ts';

/** Channels of a head of the encoder that is trained along. */
const HEAD = 32;
/** Options that mean nothing where no captions are told. */
const own = ['textEncoder', 'textLength', 'textVocabulary', 'textWidth', 'textDepth', 'textQuery'] as const;

/** How the network that makes pictures is told captions. */
export const captionedGenerate: Captioned<GenerateTarget> = {
  captions: captionsOf,
  wish: (options) => {
    const o = keptOptions.parse(options);
    return {
      ...{ encoder: o.textEncoder, length: o.textLength ?? 32, vocabulary: o.textVocabulary ?? 2000 },
      ...{ dropout: o.labelDropout, given: own.filter((name) => o[name] !== undefined && o[name] !== false) },
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
  shape: (options) => {
    const { text } = keptOptions.parse(options);
    return text && { length: text.length, width: text.width };
  },
  encoder: ({ model }) => (isDenoiser(model) && isCaptioned(model) ? encoderGraph(model) : undefined),
};
