import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';

/** What doctor says of this machine. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpu: string;
  readonly cores: number;
  /** Vector instructions that matrix products use; null where this system does not tell. */
  readonly features: readonly string[] | null;
  readonly memoryGiB: number;
  readonly freeGiB: number;
}

export async function describeMachine(): Promise<Machine> {
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return {
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() || 'unknown CPU',
    cores: availableParallelism(),
    features: cpuFeatures(await readFile('/proc/cpuinfo', 'utf8').catch(() => '')),
    memoryGiB: total / 2 ** 30,
    freeGiB: Math.min(freemem(), total) / 2 ** 30,
  };
}

const known = new Map([
  ['avx', 'AVX'],
  ['avx2', 'AVX2'],
  ['fma', 'FMA'],
  ['f16c', 'F16C'],
  ['avx512f', 'AVX-512'],
  ['avx_vnni', 'AVX-VNNI'],
  ['avx512_vnni', 'AVX-512-VNNI'],
  ['avx512_bf16', 'AVX-512-BF16'],
  ['amx_int8', 'AMX-INT8'],
  ['amx_bf16', 'AMX-BF16'],
  ['asimd', 'NEON'],
  ['asimddp', 'NEON-DotProd'],
  ['i8mm', 'I8MM'],
  ['sve', 'SVE'],
]);

/** Those of the `flags` (x86) or `Features` (Arm) line of Linux's /proc/cpuinfo that matter here. */
export function cpuFeatures(cpuinfo: string): string[] | null {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1];
  if (line === undefined) return null;
  const flags = new Set(line.split(/\s+/));
  return [...known].filter(([flag]) => flags.has(flag)).map(([, name]) => name);
}

/** The oldest Node that yosegi runs on. */
export const nodeFloor = '20.19.0';

/** Whether a dotted version is at least `floor`. */
export function atLeast(version: string, floor: string): boolean {
  const [a, b] = [version, floor].map((v) => v.split('.').map((n) => Number.parseInt(n, 10)));
  for (let i = 0; i < b!.length; i++) if ((a![i] ?? 0) !== b![i]) return (a![i] ?? 0) > b![i]!;
  return true;
}
