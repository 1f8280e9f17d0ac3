import type { SharedWords } from '../../../page/words/words.ts';
import type { PageContext } from '../../page.ts';
import type { AnomalyWords } from './words/words.ts';

/** What a section about a finder of anomalies gets besides its evaluation. */
export interface AnomalyContext extends PageContext {
  readonly words: AnomalyWords;
  readonly shared: SharedWords;
}
