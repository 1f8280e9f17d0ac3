import { once } from 'node:events';
import { expect, it } from 'vitest';
import { random } from '../random.ts';
import { startWorker } from './worker.ts';

it('starts a TypeScript worker from source, with its imports and its data', async () => {
  const worker = startWorker(import.meta.url, './testing/echo.worker', { workerData: { seed: 5 } });
  worker.postMessage('hello');
  const [reply] = await once(worker, 'message');
  expect(reply).toEqual({ message: 'hello', drawn: random(5, 'echo').uint32() });
  await worker.terminate();
});
