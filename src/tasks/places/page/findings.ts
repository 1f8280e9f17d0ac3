import type { FindingOf, Level } from '../../../page/advice.ts';
import type { PictureFigures } from '../../pictures.ts';
import { smallOnesMissed } from '../sizes.ts';

/** What a page may warn of where a task says where something is. Shares are 0 … 1, sides of squares are in pixels. */
export interface PlaceFindings {
  nothingThere: { images: number };
  untested: { names: string[] };
  noEmpty: { images: number };
  fewEmpty: { pictures: number };
  unsure: { missed: number };
  smallMissed: { missed: number; all: number };
}

export const placeLevels: Readonly<Record<keyof PlaceFindings, Level>> = {
  nothingThere: 'act',
  untested: 'act',
  noEmpty: 'careful',
  fewEmpty: 'careful',
  unsure: 'careful',
  smallMissed: 'careful',
};

// Rules of thumb: so many empty pictures show a false alarm in a hundred; and half of the pictures missed is of no use.
const ENOUGH_EMPTY = 100;
const USELESS = 0.5;

export interface PlaceFacts {
  readonly images: number;
  /** Pictures, or things, of each class. */
  readonly classes: readonly { readonly name: string; readonly shown: number }[];
  readonly pictures: PictureFigures;
  /** Areas in pixels. */
  readonly missed: readonly number[];
  readonly all: readonly number[];
}

/** What a careful engineer would point out about what was tested, about pictures as a whole, and about small things. */
export function placeFindings({ images, classes, pictures, missed, all }: PlaceFacts): FindingOf<PlaceFindings>[] {
  const found: FindingOf<PlaceFindings>[] = [];
  const names = classes.filter(({ shown }) => shown === 0).map(({ name }) => name);
  if (names.length === classes.length) return [{ kind: 'nothingThere', images }];
  if (names.length > 0) found.push({ kind: 'untested', names });
  const small = smallOnesMissed(missed, all);
  if (small) found.push({ kind: 'smallMissed', ...small });
  if (pictures.missed !== null && pictures.missed >= USELESS) found.push({ kind: 'unsure', missed: pictures.missed });
  if (pictures.negative === 0) found.push({ kind: 'noEmpty', images });
  else if (pictures.negative < ENOUGH_EMPTY) found.push({ kind: 'fewEmpty', pictures: pictures.negative });
  return found;
}
