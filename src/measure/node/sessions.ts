import { messageOf, YosegiError } from '../../base/errors.ts';
import { startChild } from '../../runtime/node/child.ts';
import type { Tensors } from '../../runtime/runtime.ts';

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
  return new Promise((resolve, reject) => {
    const child = startChild(import.meta.url, './sessions.child');
    let reply: SessionsReply | undefined;
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('message', (message: SessionsReply) => {
      reply = message;
    });
    const failed = (why: string) => reject(new YosegiError(`the process that measures memory failed: ${why}`));
    child.on('error', (error) => {
      clearTimeout(timer);
      failed(messageOf(error));
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!reply) failed(`it ended with ${signal ?? `code ${code}`} (out of memory, or out of time?)`);
      else if ('error' in reply) failed(reply.error);
      else resolve(reply);
    });
    child.send(task);
  });
}
