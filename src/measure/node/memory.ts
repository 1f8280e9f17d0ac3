import type { Runtime } from '../../runtime/runtime.ts';
import { askChild } from './ask-child.ts';

/** What a fresh process is asked to do. */
export interface FootprintTask {
  /** The .onnx file. */
  readonly model: string;
  readonly runtime: Runtime['name'];
  readonly threads: number;
  readonly batch: number;
  readonly size?: readonly [number, number];
  readonly runs: number;
}

export interface Footprint {
  /** From the file on disk to a program that is ready, the runtime's library being loaded already. */
  readonly loadMs: number;
  /** Growth of the resident memory from before loading to its peak. */
  readonly memoryMiB: number;
  /** Peak of the whole process, Node and the library included. */
  readonly processMiB: number;
}

export type FootprintReply = Footprint | { readonly error: string };

/** Load time and memory of a model, measured in a process that has done nothing else. Takes about a second. */
export function measureFootprint(task: FootprintTask, timeoutMs = 120_000): Promise<Footprint> {
  return askChild(import.meta.url, './memory.child', task, timeoutMs);
}
