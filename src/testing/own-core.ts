import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

// Vitest's set-up of every test file: each of its processes keeps to a processor core of its own, with all that it starts. The threads
// of ONNX Runtime wait for each other by spinning; two processes with a thread for every core each would wait for one another.
const id = Number(process.env.VITEST_POOL_ID ?? 1);
const cores = availableParallelism();
if (process.platform === 'linux' && cores > 1) {
  // Where there is no taskset, tests only take longer.
  spawnSync('taskset', ['--all-tasks', '--pid', '--cpu-list', String((id - 1) % cores), String(process.pid)]);
}
