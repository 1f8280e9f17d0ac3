import { z } from 'zod';

/** What a worker has to know to train a design, as plain JSON: options of `trainRun`. */
const trainingSchema = z.strictObject({
  /** Where the images are, on the machine that asks. */
  data: z.string(),
  task: z.string(),
  model: z.string().optional(),
  overrides: z.record(z.string(), z.unknown()),
  size: z.union([z.number(), z.tuple([z.number(), z.number()])]),
  /** What it starts from, and how much is left of that; without weights, from random ones. */
  weights: z.string().optional(),
  keep: z.number().gt(0).max(1).optional(),
  adapters: z.record(z.string(), z.unknown()).optional(),
  train: z.record(z.string(), z.unknown()),
});
export type Training = z.output<typeof trainingSchema>;

/** A training that a search asks for. */
export const askedSchema = z.strictObject({
  /** The same for the same question of the same search: asked twice it is there once. */
  id: z.string().regex(/^[\w-]{1,100}$/),
  /** Which search asks. */
  search: z.string(),
  /** For people: how many the search had asked for before. */
  number: z.int().min(0),
  /** Which value of each choice. */
  design: z.array(z.int().min(0)),
  rung: z.int().min(0),
  /** For one picture, on the machine that asks. */
  ms: z.number().min(0),
  epochs: z.int().min(1),
  training: trainingSchema,
});
export type AskedTrial = z.output<typeof askedSchema>;

/** What came of a training. */
export const answerSchema = z.strictObject({
  /** The task's leading figure; 0 where the design cannot be trained. */
  figure: z.number(),
  /** What the training took. */
  seconds: z.number().min(0),
  /** Share of the validated pictures that leaves at each exit, where there are some. */
  leaving: z.array(z.number().min(0).max(1)).readonly().optional(),
  /** Who trained it. */
  by: z.string(),
  /** Why it cannot be trained. */
  problem: z.string().optional(),
});
export type TrialAnswer = z.output<typeof answerSchema>;

/** How a trial stands. */
export type TrialState =
  | { readonly kind: 'missing' | 'waiting' | 'taken' }
  | { readonly kind: 'answered'; readonly answer: TrialAnswer };

/**
 * Stands between a search, which asks for trainings, and whoever trains. A trial stays until the search has its answer in its own journal;
 * at most one worker at a time has the right to answer it.
 */
export interface TrialQueue {
  /** Puts a trial in; one that is there already stays as it is. */
  ask(trial: AskedTrial): Promise<void>;
  /** The trials of a search that are here, answered or not. */
  asked(search: string): Promise<AskedTrial[]>;
  look(id: string): Promise<TrialState>;
  /** Takes a trial out whose answer is in the journal of the search. */
  settle(id: string): Promise<void>;
  /** Takes a trial out that nobody is at; false where somebody is, or it was answered. */
  withdraw(id: string): Promise<boolean>;
  /** A trial that waits, for this worker alone; undefined where there is none now. */
  take(worker: string): Promise<Lease | undefined>;
  close(): Promise<void>;
}

/** The right to answer a trial, held as long as its holder is heard of. */
export interface Lease {
  readonly trial: AskedTrial;
  /** Rises with everyone who gets the trial: an answer with an older one is refused. */
  readonly token: number;
  /** How many had the trial before and never said a word again. */
  readonly silent: number;
  /** Aborted where the trial was given to another or taken out meanwhile. */
  readonly lost: AbortSignal;
  /** Whether the answer counts; false where the trial was given to another or taken out meanwhile. */
  answer(answer: TrialAnswer): Promise<boolean>;
  giveBack(): Promise<void>;
}
