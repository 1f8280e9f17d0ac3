import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { check, messageOf, YosegiError } from '../base/errors.ts';

/** A caption as tokens. */
interface Tokenized {
  /** The tokens' numbers, with what begins and ends a caption; at most as many as were allowed. */
  readonly ids: readonly number[];
  /** Whether some were cut off. */
  readonly cut: boolean;
}

/** Turns captions into tokens. */
export interface Tokenizer {
  /** At most `most` tokens; what is longer loses its last words, and keeps what ends a caption. */
  encode(text: string, most: number): Tokenized;
  /** One more than the largest number of a token. */
  readonly size: number;
  /** The tokens by number, as tokenizer.json spells them; a number that no token has is empty. */
  readonly tokens: readonly string[];
}

/** Longer texts are cut before anybody looks for tokens in them: so many characters for each token that is read. */
const CHARACTERS = 64;

/**
 * A tokenizer from the JSON of a tokenizer.json, and of the tokenizer_config.json beside it where there is one.
 * @throws YosegiError where it is none, or of a kind that is not known
 */
export function openTokenizer(json: unknown, config: unknown = {}): Tokenizer {
  const own = opened(json, config);
  const known = own.get_vocab(true);
  const size = [...known.values()].reduce((most, id) => Math.max(most, id + 1), 0);
  const tokens = new Array<string>(size).fill('');
  for (const [token, id] of known) tokens[id] = token;
  const around = own.encode('').ids;
  return {
    size,
    tokens,
    encode: (text, most) => {
      check(most > around.length, () => `captions need more than ${around.length} tokens, got ${most}`);
      const short = text.slice(0, CHARACTERS * most);
      const { ids } = own.encode(short);
      if (ids.length <= most && short.length === text.length) return { ids, cut: false };
      const bare = own.encode(short, { add_special_tokens: false }).ids;
      const before = startOf(ids, bare);
      const words = bare.slice(0, most - (ids.length - bare.length));
      return { ids: [...ids.slice(0, before), ...words, ...ids.slice(before + bare.length)], cut: true };
    },
  };
}

/** The same from the bytes of the files. */
export const tokenizerOf = (json: Uint8Array, config?: Uint8Array): Tokenizer =>
  openTokenizer(parsed(json), config && parsed(config));

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new YosegiError(`it is no tokenizer that can be used: ${messageOf(cause)}`, { cause });
  }
}

function opened(json: unknown, config: unknown): HuggingFaceTokenizer {
  try {
    // Its constructor looks into both for itself.
    return new HuggingFaceTokenizer(Object(json), Object(config));
  } catch (cause) {
    throw new YosegiError(`it is no tokenizer that can be used: ${messageOf(cause)}`, { cause });
  }
}

/** Where a caption's own tokens stand among those around it. */
function startOf(ids: readonly number[], bare: readonly number[]): number {
  const around = ids.length - bare.length;
  for (let at = 0; at <= around; at++) if (bare.every((id, i) => ids[at + i] === id)) return at;
  return 0;
}
