import type { Format } from '../../page/format.ts';
import type { TaskPage } from '../../tasks/page.ts';
import type { ReportInput } from '../input.ts';
import type { Words } from '../words/words.ts';

/** What every section gets: what to tell, the sentences, the number formats. */
export interface Context {
  readonly input: ReportInput;
  readonly words: Words;
  /** What the run's task says, in the language of the page. */
  readonly page: TaskPage;
  readonly format: Format;
  /** The run folder as it is typed in a command. */
  readonly folder: string;
}
