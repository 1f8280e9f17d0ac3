import type { ExitsRecord } from '../exits/record.ts';
import type { Benchmark } from '../measure/benchmark.ts';
import type { PocStory } from '../poc/story.ts';
import type { Robustness } from '../robustness/record.ts';
import type { Run } from '../run/records.ts';
import type { Judged, Paged } from '../tasks/page.ts';
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

/** A folder of pictures that the model was judged on besides its own test. */
export interface OtherSet {
  /** The folder's name, without where it lies. */
  readonly name: string;
  readonly evaluation: Judged;
  /** Pictures of it that the model was trained on all the same; null where that is not known. */
  readonly trainedOn: number | null;
  /** Classes without a picture. */
  readonly missing: readonly string[];
}

/** Everything a report can tell about; a section whose part is missing says how to get it. */
export interface ReportInput {
  readonly run: Run;
  /** The run's; it checked the evaluations below. */
  readonly task: Paged;
  /** In order; empty when there is no log. */
  readonly epochs: readonly Epoch[];
  readonly evaluation?: Judged;
  readonly benchmark?: Benchmark;
  /** Where the run is what a proof of concept recommends: what was tried. */
  readonly poc?: PocStory;
  /** How answers hold under what a camera does to pictures. */
  readonly robustness?: Robustness;
  /** What was found on other folders than the one trained on. */
  readonly others?: readonly OtherSet[];
  /** Records that are about other weights or another split and are not told of: a sentence each. */
  readonly stale?: readonly string[];
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
