import type { Format, Lang } from '../format.ts';
import { sharedEn } from './en.ts';
import { sharedJa } from './ja.ts';

/** Sentences that several parts of a page share; a language that lacks one does not compile. */
export type SharedWords = ReturnType<typeof sharedEn>;

export const sharedWords: Readonly<Record<Lang, (f: Format) => SharedWords>> = { en: sharedEn, ja: sharedJa };
