import type { SharedWords } from '../../../page/words/words.ts';
import type { PageContext } from '../../page.ts';
import type { PlaceWords } from '../../places/page/words/words.ts';
import type { SegmentWords } from './words/words.ts';

/** What a section about a segmenter gets besides its evaluation. */
export interface SegmentContext extends PageContext {
  readonly words: SegmentWords;
  readonly places: PlaceWords;
  readonly shared: SharedWords;
}
