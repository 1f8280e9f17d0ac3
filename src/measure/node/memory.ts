import { messageOf, YosegiError } from '../../base/errors.ts';
import { startChild } from '../../runtime/node/child.ts';
import type { Runtime } from '../../runtime/runtime.ts';

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
  return new Promise((resolve, reject) => {
    const child = startChild(import.meta.url, './memory.child');
    let reply: FootprintReply | undefined;
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('message', (message: FootprintReply) => {
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
