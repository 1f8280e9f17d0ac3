import { parentPort } from 'node:worker_threads';
import { nativeRuntime } from '../native.ts';

// For quiet.test.ts: what a worker of the user's gets.
parentPort!.postMessage(
  await nativeRuntime().then(
    () => 'loaded',
    (error: Error) => error.message,
  ),
);
