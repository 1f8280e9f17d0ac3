import type { Format, Lang } from '../../../../page/format.ts';
import { classifyEn } from './en.ts';
import { classifyJa } from './ja.ts';

/** Every sentence about a classifier; a language that lacks one does not compile. */
export type ClassifyWords = ReturnType<typeof classifyEn>;

export const classifyWords: Readonly<Record<Lang, (f: Format) => ClassifyWords>> = { en: classifyEn, ja: classifyJa };
