import type { Benchmark } from '../measure/benchmark.ts';
import type { Evaluation } from '../tasks/classify/evaluation.ts';
import type { Epoch, Run } from '../train/records.ts';
import type { DataSummary } from './data-summary.ts';

/** Everything a report can tell about; a section whose part is missing says how to get it. */
export interface ReportInput {
  readonly run: Run;
  /** In order; empty when there is no log. */
  readonly epochs: readonly Epoch[];
  readonly evaluation?: Evaluation;
  readonly benchmark?: Benchmark;
  /** From an evaluation's file names to `data:image/…` URIs. */
  readonly pictures: ReadonlyMap<string, string>;
  /** Size of the folder that is deployed. */
  readonly bundleBytes?: number;
  readonly dataSummary?: DataSummary;
  /** What to write for the run folder in commands; default RUN. */
  readonly runFolder?: string;
}
