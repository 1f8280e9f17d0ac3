import type { ExitsRecord } from '../exits/record.ts';
import type { Benchmark } from '../measure/benchmark.ts';
import type { Run } from '../run/records.ts';
import type { Evaluation } from '../tasks/classify/evaluation.ts';
import type { Epoch } from '../train/epoch.ts';
import type { DataSummary } from './data-summary.ts';

/** A model with exits, and what was chosen for it. */
export interface ReportExits {
  /** From the first to the end of the network. */
  readonly names: readonly string[];
  /** Undefined where nothing was chosen yet. */
  readonly record?: ExitsRecord;
  /** There is a record, but for weights that the run no longer has. */
  readonly stale?: boolean;
}

/** Everything a report can tell about; a section whose part is missing says how to get it. */
export interface ReportInput {
  readonly run: Run;
  /** In order; empty when there is no log. */
  readonly epochs: readonly Epoch[];
  readonly evaluation?: Evaluation;
  readonly benchmark?: Benchmark;
  /** Where images may leave the model early; none where it has to be run to its end. */
  readonly exits?: ReportExits;
  /** From file names of an evaluation and of `exits.json` to `data:image/…` URIs. */
  readonly pictures: ReadonlyMap<string, string>;
  /** Size of the folder that is deployed. */
  readonly bundleBytes?: number;
  readonly dataSummary?: DataSummary;
  /** What to write for the run folder in commands; default RUN. */
  readonly runFolder?: string;
}
