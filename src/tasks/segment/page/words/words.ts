import type { Format, Lang } from '../../../../page/format.ts';
import { segmentEn } from './en.ts';
import { segmentJa } from './ja.ts';

/** Every sentence about a segmenter; a language that lacks one does not compile. */
export type SegmentWords = ReturnType<typeof segmentEn>;

export const segmentWords: Readonly<Record<Lang, (f: Format) => SegmentWords>> = { en: segmentEn, ja: segmentJa };
