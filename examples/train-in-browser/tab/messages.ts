/** What the page and its worker say to each other. */

/** A picture of a class. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  /** The class' id. */
  readonly kind: number;
  readonly file: Blob;
}

export type Asked =
  /** Loads the backbone from a folder (a URL ending in '/'), for pictures of this size in pixels; forgets all pictures. */
  | { readonly kind: 'open'; readonly backbone: string; readonly size: number }
  | { readonly kind: 'add'; readonly pictures: readonly Picture[] }
  | { readonly kind: 'remove'; readonly ids: readonly number[] }
  | { readonly kind: 'learn'; readonly classes: readonly Kind[]; readonly epochs: number }
  /** What is under way ends after its next step; pictures that were not seen yet wait for the next wish. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'answer'; readonly picture: Blob | ImageBitmap };

/** A class. */
export interface Kind {
  readonly id: number;
  readonly name: string;
}

export type Said =
  /** Bytes of a file that are here, and how many it has; 0 where the server does not say. */
  | { readonly kind: 'loading'; readonly file: string; readonly done: number; readonly of: number }
  | { readonly kind: 'opened'; readonly name: string; readonly where: string }
  /** Pictures that were looked at, of those that were to be; pictures a second. */
  | { readonly kind: 'seen'; readonly done: number; readonly of: number; readonly perSecond: number }
  /** A picture that cannot be used; nothing else suffers. */
  | { readonly kind: 'broken'; readonly id: number; readonly name: string; readonly message: string }
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly of: number;
      readonly loss: number;
      readonly perSecond: number;
      /** Seconds to the end. */
      readonly left: number;
    }
  | {
      readonly kind: 'learnt';
      readonly stopped: boolean;
      readonly trained: number;
      readonly seconds: number;
      readonly heldBack: HeldBack | undefined;
      readonly onnx: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'answered'; readonly ranked: readonly Ranked[]; readonly ms: number }
  /** What was asked for has been done, as far as it went. */
  | { readonly kind: 'done'; readonly waiting: number }
  /** What was asked for cannot be done; without `wish` the worker itself is gone; `open`: whether other wishes may be. */
  | { readonly kind: 'failed'; readonly wish?: Asked['kind']; readonly message: string; readonly open: boolean };

/** A class and how sure the head is of it, 0 … 1. */
export interface Ranked {
  readonly label: string;
  readonly confidence: number;
}

/** How it did on pictures that it had not learnt from; `low` and `high`: the 95 % interval of the share. */
export interface HeldBack {
  readonly right: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
  readonly wrong: readonly { readonly file: string; readonly truth: string; readonly predicted: string }[];
}
