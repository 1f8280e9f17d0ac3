import type { Format, Lang } from '../../../../page/format.ts';
import { type DistillWords, distillEn } from './en.ts';
import { distillJa } from './ja.ts';

/** Every sentence about a network that was taught by another; a language that lacks one does not compile. */
export const distillWords: Readonly<Record<Lang, (f: Format) => DistillWords>> = { en: distillEn, ja: distillJa };
