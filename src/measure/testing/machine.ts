import type { Benchmark } from '../benchmark.ts';

/** For tests: a PC as it stands in a plant. */
export const machine = (): Benchmark['machine'] => ({
  cpu: 'Core i5-6500',
  cores: 4,
  memoryGiB: 7.7,
  os: 'Linux 6.1 x64',
  node: 'v20.20.2',
  runtime: 'onnxruntime-node 1.30.0',
});
