import { type Loops, type MakeLoops, plain } from '../loops.ts';
import { squaresKernel } from './kernel.ts';
import { adamWKernel, emaKernel, sgdKernel } from './kernels.ts';
import { Staging } from './staging.ts';
import { wasmModule } from './wasm.ts';

type Kernel = (bytes: number, ...addressesAndScalars: number[]) => void;
type Range = readonly [start: number, end: number];

interface Exports {
  readonly adamW: Kernel;
  readonly sgd: Kernel;
  readonly ema: Kernel;
  readonly squares: (bytes: number, address: number) => number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Shorter ranges are not worth the way there. */
const LEAST = 64;

/**
 * The loops four numbers at a time, in WebAssembly; undefined where that is missing, forbidden (a page's Content-Security-Policy), or
 * has no memory for the kept arrays.
 */
export const simdLoops: MakeLoops<Loops | undefined> = (arrays, length) => {
  const exports = instantiated(Staging.bytes(arrays, length));
  if (!exports) return undefined;
  const staging = new Staging(exports.memory.buffer, arrays, length);
  return {
    kept: staging.kept,
    adamW(params, grads, m, v, range, f) {
      const { gradScale, betas, keep, size, root, epsilon } = f;
      const [fours, rest] = divided(range);
      staging.inPieces([params, grads, m, v], [0, 2, 3], fours, (bytes, at) =>
        exports.adamW(bytes, ...at, gradScale, 1 - betas[0], 1 - betas[1], keep, size, root, epsilon),
      );
      plain.adamW(params, grads, m, v, rest, f);
    },
    sgd(params, grads, velocity, range, f) {
      const { gradScale, weightDecay, momentum, onGradient, onVelocity } = f;
      const [fours, rest] = divided(range);
      staging.inPieces([params, grads, velocity], [0, 2], fours, (bytes, at) =>
        exports.sgd(bytes, ...at, gradScale, weightDecay, momentum, onGradient, onVelocity),
      );
      plain.sgd(params, grads, velocity, rest, f);
    },
    ema(average, values, range, decay) {
      const [fours, rest] = divided(range);
      staging.inPieces([average, values], [0], fours, (bytes, at) => exports.ema(bytes, ...at, 1 - decay));
      plain.ema(average, values, rest, decay);
    },
    sumOfSquares(x, range) {
      const [fours, rest] = divided(range);
      let sum = plain.sumOfSquares(x, rest);
      staging.inPieces([x], [], fours, (bytes, [at]) => {
        sum += exports.squares(bytes, at!);
      });
      return sum;
    },
  };
};

/** A range as one of whole fours and what is left. */
function divided([start, end]: Range): readonly [fours: Range, rest: Range] {
  const size = end - start;
  const whole = size < LEAST ? start : end - (size % 4);
  return [
    [start, whole],
    [whole, end],
  ];
}

const PAGE = 65536;

/** What is used of WebAssembly; TypeScript has its names only among a page's. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

function instantiated(bytes: number): Exports | undefined {
  const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: Engine };
  if (!engine) return undefined;
  const functions = [adamWKernel, sgdKernel, emaKernel, squaresKernel('squares')];
  try {
    const module = new engine.Module(wasmModule(functions, Math.ceil(bytes / PAGE)));
    return new engine.Instance(module).exports as Exports;
  } catch {
    return undefined;
  }
}
