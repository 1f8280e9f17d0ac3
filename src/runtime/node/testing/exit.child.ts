import { f32 } from '../../../base/tensor.ts';
import { compile } from '../../runtime.ts';
import { heavy } from '../../testing/models.ts';
import { workerRuntime } from '../worker.ts';

// For worker.test.ts: ends the process, or closes the runtime, in the middle of a native run.
const runtime = await workerRuntime();
const program = await compile(runtime, heavy(512, 40));
const running = [0, 1, 2].map(() => program.run({ a: f32([512, 512]) }));
for (const r of running) r.catch(() => {});
setTimeout(async () => {
  if (process.argv[2] === 'close') await runtime.close();
  process.exit(5);
}, 30);
