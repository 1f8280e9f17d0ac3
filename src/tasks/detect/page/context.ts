import type { SharedWords } from '../../../page/words/words.ts';
import type { PageContext } from '../../page.ts';
import type { PlaceWords } from '../../places/page/words/words.ts';
import type { DetectWords } from './words/words.ts';

/** What a section about a detector gets besides its evaluation. */
export interface DetectContext extends PageContext {
  readonly words: DetectWords;
  readonly places: PlaceWords;
  readonly shared: SharedWords;
}
