import type { Tensors } from '../../runtime/runtime.ts';
import { askChild } from './ask-child.ts';

/** What a fresh process is asked to do: to load models side by side, and to run each of them once. */
export interface SessionsTask {
  /** .onnx files. */
  readonly files: readonly Uint8Array[];
  /** Which of the files are loaded, one after the other; a file may be loaded several times. */
  readonly load: readonly number[];
  readonly feeds: Tensors;
  readonly threads: number;
}

export interface SessionsFootprint {
  /** Until all are ready, the runtime's library being loaded already. */
  readonly loadMs: number;
  /** Growth of the resident memory from before loading to after each has run once. */
  readonly memoryMiB: number;
}

export type SessionsReply = SessionsFootprint | { readonly error: string };

/** Load time and memory of models that stay loaded side by side, measured in a process that has done nothing else. */
export function measureSessions(task: SessionsTask, timeoutMs = 300_000): Promise<SessionsFootprint> {
  return askChild(import.meta.url, './sessions.child', task, timeoutMs);
}
