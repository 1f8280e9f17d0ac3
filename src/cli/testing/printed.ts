import type { LeftAt } from '../../predict/node/predictor.ts';
import type { ClassifyAnswer } from '../../tasks/classify/answer.ts';

/** For tests: a line that `yosegi predict --json` prints of a classifier. */
export type Printed = { readonly file: string } & (
  | (ClassifyAnswer & { readonly left?: LeftAt })
  | { readonly error: string }
);
