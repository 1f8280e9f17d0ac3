import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Machine } from '../benchmark.ts';

/** The machine this process runs on. Cores and memory are those it may use, in a container fewer than there are. */
export function describeMachine(runtime: Pick<Runtime, 'name' | 'version'>): Machine {
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return {
    cpu: cpus()[0]?.model.replace(/\s+/g, ' ').trim() || process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round((Math.min(limit, totalmem()) / 2 ** 30) * 10) / 10,
    os: `${type()} ${release()} ${process.arch}`,
    node: process.versions.node,
    runtime: `${runtime.name} ${runtime.version}`,
  };
}
