import type { Finding, FindingKind } from '../findings.ts';
import { type Format, formatFor, type Lang } from '../format.ts';
import { en } from './en.ts';
import { ja } from './ja.ts';

/** Every sentence of a report; a language that lacks one does not compile. */
export type Words = ReturnType<typeof en>;

/** What is said about a finding: what was seen, what it means, what to do. */
export interface Advice {
  readonly title: string;
  readonly text: string;
  readonly action: string;
}

/** A sentence for every kind of finding. */
export type FindingWords = { readonly [K in FindingKind]: (finding: Finding<K>) => Advice };

const dictionaries: Record<Lang, (f: Format) => Words> = { en, ja };

/** A language's sentences and number formats. */
export function wordsFor(lang: Lang): { words: Words; format: Format } {
  const format = formatFor(lang);
  return { words: dictionaries[lang](format), format };
}

/** The sentences about one finding. */
export function adviceOn<K extends FindingKind>(finding: Finding<K>, words: FindingWords): Advice {
  const kind: K = finding.kind;
  return words[kind](finding);
}
