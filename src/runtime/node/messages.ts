import type { TensorData } from '../../base/tensor.ts';
import type { LoadOptions, Runtime } from '../runtime.ts';
import type { Sent } from './lend.ts';

/** What the main thread and the runtime's worker say to each other. */

/** How a worker is started. */
export interface Setup {
  readonly device: 'native' | 'wasm';
  readonly threads?: number;
}

/** What the worker gets at its start: the setup and the memory of a Turn. */
export interface Start extends Setup {
  readonly turn: SharedArrayBuffer;
}

export type Request =
  | { readonly kind: 'load'; readonly model: Uint8Array; readonly options: LoadOptions }
  /** `feeds` and then `into` name the tensors in order. */
  | {
      readonly kind: 'run';
      readonly program: number;
      readonly feeds: readonly string[];
      readonly into: readonly string[];
      readonly tensors: readonly Sent[];
    }
  | { readonly kind: 'close'; readonly program: number };

export interface Call {
  readonly id: number;
  readonly request: Request;
}

export type Result =
  | {
      readonly kind: 'loaded';
      readonly program: number;
      readonly inputs: readonly string[];
      readonly outputs: readonly string[];
    }
  /** Outputs that were not written into a given tensor. */
  | { readonly kind: 'ran'; readonly outputs: Readonly<Record<string, Omit<Sent, 'back'>>> }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly message: string };

export interface Reply {
  readonly id: number;
  readonly result: Result;
  /** The data of a run's tensors, in their order, whether the run worked or not; undefined for copies that need no return. */
  readonly returned: readonly (TensorData | undefined)[];
}

/** The worker's first word. */
export type Hello = { readonly ready: Pick<Runtime, 'name' | 'version' | 'threads'> } | { readonly failed: string };
