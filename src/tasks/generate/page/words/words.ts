import type { Format, Lang } from '../../../../page/format.ts';
import { type GenerateWords, generateEn } from './en.ts';
import { generateJa } from './ja.ts';

/** Every sentence about a network that makes pictures; a language that lacks one does not compile. */
export const generateWords: Readonly<Record<Lang, (f: Format) => GenerateWords>> = { en: generateEn, ja: generateJa };
