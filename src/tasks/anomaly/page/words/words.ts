import type { Format, Lang } from '../../../../page/format.ts';
import { anomalyEn } from './en.ts';
import { anomalyJa } from './ja.ts';

/** Every sentence about a finder of anomalies; a language that lacks one does not compile. */
export type AnomalyWords = ReturnType<typeof anomalyEn>;

export const anomalyWords: Readonly<Record<Lang, (f: Format) => AnomalyWords>> = { en: anomalyEn, ja: anomalyJa };
