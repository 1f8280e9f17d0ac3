import { availableParallelism, cpus } from 'node:os';
import { yosegiVersion } from '../../base/node/version.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Environment } from '../provenance.ts';

/** What this process computes on. */
export async function environmentOf(runtime: Runtime, threads = runtime.threads): Promise<Environment> {
  return {
    yosegi: await yosegiVersion(),
    runtime: `${runtime.name} ${runtime.version}`,
    threads,
    cpu: cpus()[0]?.model.replace(/\s+/g, ' ').trim() || process.arch,
    cores: availableParallelism(),
  };
}
