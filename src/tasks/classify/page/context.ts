import type { SharedWords } from '../../../page/words/words.ts';
import type { PageContext } from '../../page.ts';
import type { ClassifyWords } from './words/words.ts';

/** What a section about a classifier gets besides its evaluation. */
export interface ClassifyContext extends PageContext {
  readonly words: ClassifyWords;
  readonly shared: SharedWords;
}
