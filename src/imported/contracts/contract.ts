import type { Dim } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import type { Preset } from '../presets.ts';

/** What a file says: everything that a contract may look at. */
export interface FileAnswers {
  /** The file's outputs by their names, in its order. */
  readonly outputs: ReadonlyMap<string, Value>;
  /** Height and width of the image. */
  readonly size: readonly [number, number];
  /** How many pictures it takes: 'N', or 1 where it was made for one at a time. */
  readonly batch: Dim;
  /** Names of the classes, where the file carries them or the caller gave them. */
  readonly labels?: readonly string[];
  /** The program that wrote the file; the graph's name where it does not say, as Paddle's exporter once told itself there only. */
  readonly producer: string;
}

/** What the outputs mean, where they have the form that a contract asks for. */
export interface Reading {
  /** Whether nothing else has this form. */
  readonly sure: boolean;
  /** What speaks for it, or what is missing to be sure; a part of a sentence. */
  readonly why: string;
  /** How many classes there are; undefined where the outputs do not show it. */
  readonly classes?: number;
  /** Names of the classes where the contract knows them, such as `text`; those of the file or the caller stand above them. */
  readonly labels?: readonly string[];
  /** The file's outputs that are read. */
  readonly reads: readonly string[];
  /** What must be known, in sentences. */
  readonly notes?: readonly string[];
  /** The outputs that the task knows, made of them; `classes` is how many there are. */
  readonly answers: (classes: number) => Readonly<Record<string, Value>>;
}

/** What a family of networks is fed, where nothing else is said. */
export interface Pixels {
  readonly preset: Preset;
  /** The network takes blue, green, red: pictures are turned round inside the graph. */
  readonly bgr?: true;
  /** `border`: pictures keep their proportions; `squash`: they are stretched to the input. */
  readonly cropMode: 'border' | 'squash';
  readonly interpolation: 'bilinear' | 'bicubic';
  /** Grey of the border, 0 … 1; the mean colour where it is left out. */
  readonly border?: number;
}

/** What the outputs of a family of files mean: one of the forms that detectors and segmenters are exported in. */
export interface Contract {
  /** As in `--output`. */
  readonly name: string;
  readonly task: 'detect' | 'segment';
  /** Whose exports have it, and the form, in a line. */
  readonly about: string;
  readonly pixels: Pixels;
  /** What the outputs mean by it; undefined where they have another form. */
  readonly read: (file: FileAnswers) => Reading | undefined;
}

/** Names and types of outputs, for messages: `'boxes' float32[N,100,4]`. */
export const outputsText = (outputs: ReadonlyMap<string, Value>) =>
  [...outputs].map(([name, { type }]) => `'${name}' ${type.dtype}[${type.shape}]`).join(', ') || 'none';
