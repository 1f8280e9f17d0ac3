import type { Told } from '../page/advice.ts';
import type { Format, Lang } from '../page/format.ts';
import type { Content } from '../page/html.ts';
import type { Split } from './splits.ts';
import type { EvaluatedSplit, Figures } from './task.ts';

/** What every evaluation says, whatever the task. */
export interface Judged {
  readonly split: EvaluatedSplit;
  /** Pictures that were judged. */
  readonly images: number;
  /** Where the task has classes, those it was judged on, in order. */
  readonly classes?: readonly { readonly name: string }[];
}

/** What a page about a run says that only its task knows, in one language. `E` is the task's evaluation. */
export interface TaskPage<E extends Judged = Judged> {
  /** What the page is, e.g. `Report on an image classifier`. */
  readonly kind: string;
  /** Its first sentence: what was learned, from how much. */
  lead(classes: number, train: number): string;
  /** How good it is, for who has half a minute. */
  hero(evaluation: E): string;
  /** The same with what was counted, and how far it may be trusted. */
  measured(evaluation: E): string;
  /** The number that stands first, and how far it may be trusted. */
  card(evaluation: E): { readonly value: string; readonly note: string };
  readonly cardTitle: string;
  /** Files whose pictures the sections show. */
  files(evaluation: E): readonly string[];
  /** Longer side of those pictures in pixels, where more is to be seen on them than what they show as a whole. */
  readonly pictureSide?: number;
  /** What there is to see of an evaluation, under headings of their own, in order. */
  readonly sections: readonly TaskSection<E>[];
  /** What a careful engineer would point out, the sentence for each included. */
  findings(seen: Seen<E>): readonly Told[];
  /** What is said where nothing stands out. */
  readonly nothing: string;
  /** What to do next, as sentences. */
  next(evaluation: E): { readonly first: readonly string[]; readonly last: readonly string[] };
  /** The figure that is drawn over the epochs, beside the loss; none where nothing is trained step by step. */
  readonly learning?: {
    readonly figure: string;
    /** Whether it is a share of 0 … 1, drawn in percent. */
    readonly share: boolean;
    readonly title: string;
    /** One sentence about the epoch that was kept, counted from 1. */
    summary(epochs: number, best: number, value: number): string;
  };
  /** Terms that the page cannot do without. */
  readonly terms: readonly (readonly [term: string, text: string])[];
}

/** What has such pages. */
export interface Paged<E extends Judged = Judged> {
  page(lang: Lang): TaskPage<E>;
}

export interface TaskSection<E extends Judged = Judged> {
  readonly id: string;
  readonly title: string;
  content(evaluation: E, context: PageContext): Content;
}

export interface PageContext {
  readonly format: Format;
  /** The run folder as it is typed in a command. */
  readonly folder: string;
  /** From file names to `data:image/…` URIs. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** What findings are drawn from. */
export interface Seen<E extends Judged = Judged> {
  readonly evaluation?: E;
  /** Epochs that were trained. */
  readonly epochs: number;
  /** Figures of the epoch that was kept. */
  readonly best?: { readonly train: Figures; readonly val: Figures | null };
  /** Options of the training, as run.json has them. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The pictures, where they were counted. */
  readonly data?: {
    /** How many show each class, in the run's order; none where the task has no classes. */
    readonly classes: readonly ({ readonly name: string } & Readonly<Record<Split, number>>)[];
    /** Groups of equal pictures that are said to show different classes. */
    readonly conflicts: number;
  };
}
