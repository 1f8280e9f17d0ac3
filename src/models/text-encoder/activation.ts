import { oneOf } from '../../base/errors.ts';
import type { Activation } from '../../nn/layers.ts';

/** What transformers calls its activations, and what they are here. */
const byName = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  quick_gelu: 'quick_gelu',
  relu: 'relu',
  silu: 'silu',
} as const satisfies Record<string, Activation>;

/** The activation that a config.json names; an unknown one is answered with the nearest. */
export const activationOf = (name: string): Activation =>
  byName[oneOf('activation', name, Object.keys(byName) as (keyof typeof byName)[])];
