import type { Format, Lang } from '../../../../page/format.ts';
import { placesEn } from './en.ts';
import { placesJa } from './ja.ts';

/** Sentences that the pages share of tasks that say where something is. */
export type PlaceWords = ReturnType<typeof placesEn>;

export const placeWords: Readonly<Record<Lang, (f: Format) => PlaceWords>> = { en: placesEn, ja: placesJa };
