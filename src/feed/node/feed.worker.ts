import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { ImageError } from '../../data/image.ts';
import { sharePictureMemory } from '../../data/node/picture-memory.ts';
import type { FromWorker, ToWorker } from './pool.ts';
import { TaskRunner } from './runner.ts';

// One of the pool's workers: decodes, augments and puts batches together, several tasks side by side.
if (workerData instanceof SharedArrayBuffer) sharePictureMemory(workerData);
const runner = new TaskRunner(false);

parentPort?.on('message', async (message: ToWorker) => {
  if (message.kind === 'notice') return runner.notice(message.notice);
  const { id } = message;
  try {
    if (message.kind === 'scan') {
      reply({ id, kind: 'scan', output: await runner.scan(message.input) });
    } else {
      const output = await runner.batch(message.input);
      const { images, targets, indices } = output.batch;
      const moved = [images.data, ...Object.values(targets).map((t) => t.data), indices];
      reply({ id, kind: 'batch', output }, moved.map(bufferOf));
    }
  } catch (error) {
    const fault = error instanceof ImageError ? error.fault : undefined;
    reply({ id, kind: 'failed', fault, message: messageOf(error) });
  }
});

function reply(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function bufferOf({ buffer }: Float32Array | Uint32Array): ArrayBuffer {
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new TypeError('a batch lies in shared memory');
}
