import { check } from '../../../base/errors.ts';
import { sha256 } from '../../../base/node/sha256.ts';
import { spread } from '../../../base/spread.ts';
import { kebab } from '../../../base/text/kebab.ts';
import type { Dataset } from '../../../feed/node/dataset.ts';
import type { Captioned, CaptionWish } from '../../../tasks/captioned.ts';
import type { KeptOptions } from '../../../tasks/fitting.ts';
import { splits } from '../../../tasks/splits.ts';
import { learnTokenizer } from '../../../text/learn-tokenizer.ts';
import { tidy } from '../../../text/tidy.ts';
import { tokenizerOf } from '../../../text/tokenizer.ts';
import type { CaptionsRecord } from '../../captions.ts';
import type { CaptionFiles } from './files.ts';
import { openTextEncoder } from './text-encoder.ts';

/** Who reads the captions of a run that begins. */
export interface SettledCaptions {
  /** The task's options with what the network's shapes depend on. */
  readonly options: KeptOptions;
  readonly record: CaptionsRecord;
  readonly files: CaptionFiles;
  /** The tokens that captions come as, by number. */
  readonly tokens: readonly string[];
}

/** What reads captions, before it is known how long they are. */
interface Reads {
  readonly files: CaptionFiles & { readonly tokenizer: Uint8Array };
  /** Most tokens that it can read. */
  readonly most: number;
  readonly width?: number;
}

/**
 * Decides who reads the captions of a data set: a tokenizer that is learnt from those trained on, or an encoder that the options name.
 * Undefined where the data set has none.
 * @throws YosegiError where there are none although options ask for them, or the encoder cannot be used
 */
export async function settledCaptions(
  captioned: Captioned | undefined,
  options: KeptOptions,
  { items, root }: Dataset,
  onNotice: (message: string) => void = () => {},
): Promise<SettledCaptions | undefined> {
  if (!captioned) return undefined;
  const wish = captioned.wish(options);
  const said = splits.flatMap((split) => items[split].flatMap(({ target }) => captioned.captions(target)));
  if (said.length === 0) {
    const [stray] = wish.given;
    check(stray === undefined, () => `--${kebab(stray!)} is about captions, and ${root} has none: leave it out`);
    return undefined;
  }
  const [idle] = wish.encoder === undefined ? [] : wish.trained;
  check(
    idle === undefined,
    () =>
      `--${kebab(idle!)} is about an encoder that is trained along, and ${wish.encoder} stays as it is: leave it out`,
  );
  const learnt = items.train.flatMap(({ target }) => captioned.captions(target));
  const { files, most, width } =
    wish.encoder === undefined ? learnedFrom(learnt, wish) : await openTextEncoder(wish.encoder, wish);
  const length = Math.min(wish.length, most);
  const tokenizer = tokenizerOf(files.tokenizer, files.settings);
  const long = said.filter((caption) => tokenizer.encode(tidy(caption), length).cut);
  if (long.length > 0)
    onNotice(
      `${long.length} of ${said.length} captions are longer than the ${length} tokens that are read, e.g. “${long[0]!.slice(0, 60)}…”: the rest of them is cut off (--text-length)`,
    );
  return {
    ...{ files, tokens: tokenizer.tokens },
    options: captioned.settle(options, { length, vocabulary: tokenizer.size, ...(width !== undefined && { width }) }),
    record: {
      ...(wish.encoder !== undefined && { from: wish.encoder }),
      ...{ cut: long.length, examples: examplesOf(items, captioned) },
      sha256: {
        tokenizer: sha256(files.tokenizer),
        ...(files.settings && { settings: sha256(files.settings) }),
        ...(files.encoder && { encoder: sha256(files.encoder) }),
      },
    },
  };
}

/** Captions that the record names. */
const EXAMPLES = 8;

/** Some captions at even distances, of validation pictures where there are enough. */
function examplesOf({ train, val }: Dataset['items'], captioned: Captioned): string[] {
  const from = (val.length >= EXAMPLES ? val : train).map(({ target }) => captioned.captions(target)[0] ?? '');
  return spread([...new Set(from)].filter(Boolean), EXAMPLES);
}

function learnedFrom(captions: readonly string[], { vocabulary }: CaptionWish): Reads {
  const json = `${JSON.stringify(learnTokenizer(captions, vocabulary), null, 1)}\n`;
  return { files: { tokenizer: new TextEncoder().encode(json) }, most: Number.POSITIVE_INFINITY };
}
