import { messageOf, YosegiError } from '../../base/errors.ts';
import { startChild } from '../../runtime/node/child.ts';

/**
 * What a fresh process answers to one task. `name` is the file of the process, beside the one of `metaUrl`.
 * @throws YosegiError where it fails, ends without an answer, or takes longer than `timeoutMs`
 */
export function askChild<Answer extends object>(
  metaUrl: string,
  name: string,
  task: object,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = startChild(metaUrl, name);
    let reply: Answer | { readonly error: string } | undefined;
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('message', (message: Answer | { readonly error: string }) => {
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
