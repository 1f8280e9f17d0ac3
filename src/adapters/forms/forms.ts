import type { Rows } from '../attention-rows.ts';
import type { Layer } from '../layers.ts';
import type { AdapterOptions } from '../options.ts';
import type { Form } from './form.ts';
import { bottleneck, formFor, loras } from './lora.ts';
import { rowPairs } from './row-pairs.ts';
import { scaleShift } from './scale-shift.ts';

/** A way to adapt a network: what is put beside its layers, or which of its own parameters are trained. */
export interface Method {
  /** In a few words, for help texts. */
  readonly about: string;
  /** What is put beside a layer, or beside some rows of it; none where the method has no parameters of its own. */
  readonly form?: (layer: Layer, options: AdapterOptions, rows?: Rows) => Form | undefined;
  /** Whether it can learn for some rows of a layer alone. */
  readonly byRows?: true;
  /** Kinds of the network's own parameters that are trained; all of them for `everything`. */
  readonly own?: readonly ('bias' | 'scale')[] | 'everything';
  /** Whether a head alone is enough. */
  readonly headAlone?: true;
}

export const methods: Readonly<Record<AdapterOptions['method'], Method>> = {
  lora: {
    about: 'low-rank pairs beside linear maps and convolutions',
    form: (layer, { form }, rows) => (rows ? rowPairs(rows) : loras[formFor(layer, form)]),
    byRows: true,
  },
  ssf: { about: 'a factor and a shift for each channel behind a layer', form: () => scaleShift },
  bitfit: { about: 'biases, and scales of normalisations', own: ['bias', 'scale'] },
  norm: { about: 'scales and shifts of normalisations', own: ['scale'] },
  bottleneck: {
    about: 'low-rank pairs with GELU between them; they stay beside the layers when it is shipped',
    form: (layer) => (layer.groups === 1 ? bottleneck : undefined),
  },
  head: { about: 'nothing but the head', headAlone: true },
  full: { about: 'everything: the difference is as large as the backbone', own: 'everything' },
};
