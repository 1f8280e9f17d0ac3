import type { Format, Lang } from '../../../../page/format.ts';
import { detectEn } from './en.ts';
import { detectJa } from './ja.ts';

/** Every sentence about a detector; a language that lacks one does not compile. */
export type DetectWords = ReturnType<typeof detectEn>;

export const detectWords: Readonly<Record<Lang, (f: Format) => DetectWords>> = { en: detectEn, ja: detectJa };
