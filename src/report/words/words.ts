import { type Format, formatFor, type Lang } from '../../page/format.ts';
import { en } from './en.ts';
import { ja } from './ja.ts';

/** Every sentence of a report that is not its task's; a language that lacks one does not compile. */
export type Words = ReturnType<typeof en>;

const dictionaries: Record<Lang, (f: Format) => Words> = { en, ja };

/** A language's sentences and number formats. */
export function wordsFor(lang: Lang): { words: Words; format: Format } {
  const format = formatFor(lang);
  return { words: dictionaries[lang](format), format };
}
