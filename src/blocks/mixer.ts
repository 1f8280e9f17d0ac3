import { check, oneOf } from '../base/errors.ts';
import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import type { Scope } from '../nn/scope.ts';
import { attention } from './attention.ts';
import { mrl } from './mrl.ts';

/**
 * What mixes tokens with each other inside a transformer block: tokens [N, T, C] → [N, T', C']. Multi-head attention, MRL and
 * mask-unit attention all are one; a block takes any of them.
 */
export type TokenMixer = (s: Scope, x: Value) => Value;

/** What a mixer may know of the place it works in. A mixer takes what it needs and ignores the rest. */
export interface MixerPlace {
  readonly heads: number;
  /** [height, width] of the token grid, row-major. */
  readonly grid: readonly [number, number];
  /** Multi-head attention: a learned bias for each offset between two tokens. */
  readonly relativeBias?: boolean;
  /** MRL: side of a region in tokens; default 2 (mrl.ts). */
  readonly region?: number;
  /** MRL: channels of one group of the local convolution; default: the number of heads. */
  readonly localGroup?: number;
  /** MRL: also a local convolution over turns and mirrors. */
  readonly groupConv?: boolean;
}

const kinds: Readonly<Record<'mha' | 'mrl' | 'mrl-commonqkv', (place: MixerPlace) => TokenMixer>> = {
  mha: ({ heads, grid, relativeBias }) => {
    return (s, x) => attention(s, x, { heads, ...(relativeBias && { relativeGrid: grid }) });
  },
  /** Takes a grid of tokens only, without class token. */
  mrl: (place) => (s, x) => mrl(s, x, place),
  'mrl-commonqkv': (place) => (s, x) => mrl(s, x, { ...place, commonQkv: true }),
};

export type MixerKind = keyof typeof kinds;
export const mixerNames = Object.keys(kinds) as MixerKind[];

/** The mixer of a name, made for its place. */
export const mixer = (kind: MixerKind, place: MixerPlace): TokenMixer => kinds[oneOf('mixer', kind, mixerNames)](place);

/** How many heads of `headDim` the channels make; they must divide. */
export function headsOf(x: Value, headDim: number): number {
  const c = fixed(x.type.shape[2], 'the number of channels');
  check(c % headDim === 0, `${c} channels do not divide into heads of ${headDim}`);
  return c / headDim;
}
