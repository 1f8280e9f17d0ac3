/** What the page and its worker say to each other. */

/** Options of making, as the bundle and the form have them. */
export type Making = Readonly<Record<string, unknown>>;

/** What the picture should show: a class by its number, or what a text says. */
export type Wish = { readonly label: number } | { readonly text: string };

export type Asked =
  | {
      readonly kind: 'open';
      /** URL of the bundle's folder, ending in '/'. */
      readonly bundle: string;
      /** Whether a GPU may be used where there is one. */
      readonly gpu: boolean;
    }
  | { readonly kind: 'make'; readonly wish: Wish; readonly seed: number; readonly making: Making };

export type Said =
  /** Bytes of a file that are here, and how many it has; 0 where the server does not say. */
  | { readonly kind: 'loading'; readonly file: string; readonly done: number; readonly of: number }
  | {
      readonly kind: 'opened';
      readonly name: string;
      /** What computes. */
      readonly where: string;
      readonly classes: readonly string[];
      /** Captions that may be asked for, where the bundle is told such; else undefined. */
      readonly examples: readonly string[] | undefined;
      readonly making: Making;
    }
  /** What the network thinks of the picture after a look; RGB bytes, row by row. */
  | {
      readonly kind: 'look';
      readonly step: number;
      readonly of: number;
      readonly width: number;
      readonly height: number;
      readonly rgb: Uint8Array;
    }
  | { readonly kind: 'made'; readonly width: number; readonly height: number; readonly rgb: Uint8Array }
  /** `open`: whether pictures can be made all the same. */
  | { readonly kind: 'failed'; readonly message: string; readonly open: boolean };
