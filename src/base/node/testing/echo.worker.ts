import { parentPort, workerData } from 'node:worker_threads';
import { random } from '../../random.ts';

// For worker.test.ts: proves that a TypeScript worker with relative imports starts from source.
const drawn: number = random(workerData.seed, 'echo').uint32();
parentPort?.on('message', (message: unknown) => parentPort?.postMessage({ message, drawn }));
