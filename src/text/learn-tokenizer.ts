import { asBytes, byteCharacters } from './bytes.ts';
import { learnMerges } from './learn-bpe.ts';
import { tidy } from './tidy.ts';

/** How words are parted before bytes are joined: GPT-2's rule, words with the blank before them, numbers, punctuation, blanks. */
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** What fills a caption up, what begins it and what ends it. */
const SPECIAL = ['<pad>', '<s>', '</s>'] as const;

/** Fewest tokens: those above, and one for each byte, so that nothing in any script is unknown. */
export const LEAST_TOKENS = SPECIAL.length + 256;

/**
 * A tokenizer learnt from captions, as a tokenizer.json that any of Hugging Face's libraries loads: NFC, lower case, byte-level BPE of at most
 * `size` tokens, `<s>` before and `</s>` behind. Words that it never saw come as parts, at worst as bytes.
 */
export function learnTokenizer(captions: Iterable<string>, size: number) {
  const words = new Map<string, number>();
  for (const caption of captions) {
    // As the ByteLevel step with add_prefix_space does.
    for (const [word] of ` ${tidy(caption).toLowerCase()}`.matchAll(WORDS)) {
      const bytes = asBytes(word);
      words.set(bytes, (words.get(bytes) ?? 0) + 1);
    }
  }
  const merges = learnMerges(words, Math.max(0, size - LEAST_TOKENS));
  const tokens = [...SPECIAL, ...byteCharacters(), ...merges.map((pair) => pair.join(''))];
  const vocab: Record<string, number> = {};
  // Two ways to the same token share its number.
  for (const [id, token] of [...new Set(tokens)].entries()) vocab[token] = id;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('<s>'), { Sequence: { id: 'A', type_id: 0 } }, special('</s>')],
      pair: [special('<s>'), { Sequence: { id: 'A', type_id: 0 } }, special('</s>')],
      special_tokens: Object.fromEntries(
        ['<s>', '</s>'].map((token) => [token, { id: token, ids: [vocab[token]!], tokens: [token] }]),
      ),
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
      ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false },
      vocab,
      merges: merges.map((pair) => [...pair]),
    },
  };
}

const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
