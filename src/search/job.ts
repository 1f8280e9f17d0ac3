import type { Candidate, Cost } from './inquisitor.ts';
import type { Design } from './space.ts';

/** What is tried next. */
export interface Job {
  readonly candidate: Candidate;
  readonly rung: number;
  /** From an earlier rung, where it was timed. */
  readonly ms?: number;
  /** The number of the trial that it is beside, one choice changed. */
  readonly around?: number;
}
export type TimedJob = Job & { readonly ms: number };

/** What can be found out of a design, the cheapest first. */
export interface Probes {
  /** Size and work of the network; words where it cannot be built. */
  cost(design: Design): Promise<Cost | string>;
  /** Milliseconds for one picture, from what its parts take; asked before it is timed whole. */
  expect?(design: Design): Promise<number>;
  /** Milliseconds for one picture on this machine. */
  time(design: Design): Promise<number>;
  /** Milliseconds of a picture that leaves at each exit, on this machine; undefined for a network without exits. */
  timeExits?(design: Design): Promise<readonly number[] | undefined>;
  /** Trains a design for so many epochs; undefined where it was stopped. `number` is another one for each training of a search. */
  train(job: TimedJob, epochs: number, number: number): Promise<Trained | undefined>;
}

/** What came of a training. */
export interface Trained {
  /** The task's leading figure. */
  readonly figure: number;
  readonly seconds: number;
  /** Share of the validated pictures that leaves at each exit, where the network has some; the figure is then what they are told there. */
  readonly leaving?: readonly number[];
}

/** Who trains. */
export interface Crew {
  /** Whether another training may begin beside so many. */
  free(underWay: number): boolean;
  /** Waits a moment, after which that may have changed. */
  pause(): Promise<void>;
}

/** The next training begins when the one before has ended. */
export const oneAtATime: Crew = { free: (underWay) => underWay === 0, pause: () => new Promise(() => {}) };
