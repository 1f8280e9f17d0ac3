import { check } from '../../../base/errors.ts';
import { f32 } from '../../../base/tensor.ts';
import { add } from '../../../graph/build.ts';
import { graph } from '../../../graph/graph.ts';
import { input } from '../../../graph/value.ts';
import { checkGradient, matmulSpeed } from '../../probe.ts';
import { compile, type Runtime } from '../../runtime.ts';
import { nativeRuntime } from '../native.ts';
import { wasmRuntime } from '../wasm.ts';
import { workerRuntime } from '../worker.ts';

/** What each probe finds; every one runs in a process of its own. */

export interface RuntimeFinding {
  readonly runtime: string;
  /** Of a product of matrices, in GFLOP/s, by number of threads. */
  readonly speeds: readonly { readonly threads: number; readonly gflops: number }[];
  /** Largest relative difference between a gradient and the change of the loss along it. */
  readonly gradientError: number;
}

export interface WorkerFinding {
  readonly runtime: string;
  /** Median of a run of a model that does nearly nothing, in milliseconds. */
  readonly roundTrip: number;
}

export interface SharpFinding {
  readonly version: string;
  readonly libvips: string;
}

async function measured(
  runtime: Runtime,
  threadCounts: readonly number[],
  milliseconds: number,
): Promise<RuntimeFinding> {
  const gradientError = await checkGradient(runtime);
  const speeds: { threads: number; gflops: number }[] = [];
  for (const threads of new Set(threadCounts)) {
    speeds.push({ threads, gflops: await matmulSpeed(runtime, { threads, milliseconds }) });
  }
  return { runtime: `${runtime.name} ${runtime.version}`, speeds, gradientError };
}

async function native(): Promise<RuntimeFinding> {
  const runtime = await nativeRuntime();
  return measured(runtime, [1, runtime.threads], 300);
}

async function webgpu(): Promise<RuntimeFinding> {
  return measured(await nativeRuntime({ provider: 'webgpu' }), [1], 300);
}

/** A module whose one function splats a byte over a SIMD vector and counts its bits: valid where there is SIMD. */
const simdModule = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  // Type section: () → v128. Function section: one function of that type.
  ...[1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0],
  // Code section: i32.const 0, i8x16.splat, i8x16.popcnt, end.
  ...[10, 10, 1, 8, 0, 0x41, 0, 0xfd, 0x0f, 0xfd, 0x62, 0x0b],
);

function checkSimd(): void {
  const wasm: { validate(bytes: Uint8Array): boolean } | undefined = Reflect.get(globalThis, 'WebAssembly');
  check(wasm, 'this Node runs no WebAssembly (started with --jitless?)');
  check(wasm.validate(simdModule), 'WebAssembly has no SIMD here (a CPU without SSE4.1?), which onnxruntime-web needs');
}

/** One thread count a process: the first session fixes it. Optimised code arrives late, so it is given time. */
async function wasm(threads?: string): Promise<RuntimeFinding> {
  checkSimd();
  const runtime = await wasmRuntime(threads ? { threads: Number(threads) } : {});
  return measured(runtime, [runtime.threads], 1500);
}

async function worker(device?: string): Promise<WorkerFinding> {
  const runtime = await workerRuntime({ device: device === 'wasm' ? 'wasm' : 'native' });
  await checkGradient(runtime);
  const program = await compile(runtime, graph({ y: add(input('x', 'float32', [1]), 1) }), { threads: 1 });
  const feeds = { x: f32([1], [1]) };
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const start = performance.now();
    await program.run(feeds);
    times.push(performance.now() - start);
  }
  await runtime.close();
  times.sort((a, b) => a - b);
  return { runtime: `${runtime.name} ${runtime.version}`, roundTrip: times[times.length >> 1]! };
}

async function sharpProbe(): Promise<SharpFinding> {
  const { default: sharp } = await import('sharp');
  const [width, height, colour] = [64, 48, { r: 200, g: 90, b: 30 }] as const;
  const jpeg = await sharp({ create: { width, height, channels: 3, background: colour } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  check(
    info.width === width && info.height === height && info.channels === 3,
    () => `a JPEG of ${width}×${height} came back as ${info.width}×${info.height}×${info.channels}`,
  );
  const wanted = [colour.r, colour.g, colour.b];
  const off = Math.max(...data.map((v, i) => Math.abs(v - wanted[i % 3]!)));
  check(off <= 6, `the colour of a JPEG came back ${off} off`);
  return { version: sharp.versions.sharp ?? 'unknown', libvips: sharp.versions.vips };
}

export const probes = { native, worker, wasm, webgpu, sharp: sharpProbe } as const;
export type ProbeName = keyof typeof probes;
