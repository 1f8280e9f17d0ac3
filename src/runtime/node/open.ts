import { check, messageOf, oneOf } from '../../base/errors.ts';
import type { Runtime } from '../runtime.ts';
import { nativeRuntime } from './native.ts';
import { wasmRuntime } from './wasm.ts';
import { workerRuntime } from './worker.ts';

export const devices = ['auto', 'native', 'wasm'] as const;

/** `auto` is native where it loads, else wasm; the environment variable YOSEGI_DEVICE decides in its place. */
export type Device = (typeof devices)[number];

type Opener = (options: { readonly threads?: number; readonly worker: boolean }) => Promise<Runtime>;

export interface OpenOptions {
  readonly device?: Device;
  /** In a worker thread, so that runs do not block this one: for anything with a server, a progress display or a key press. */
  readonly worker?: boolean;
  /** Threads that a program gets; default: one for each core (WASM: at most four). */
  readonly threads?: number;
  /** Told when the runtime is not the one hoped for, and why. */
  readonly onNotice?: (message: string) => void;
  /** How each runtime is opened; others in tests. */
  readonly openers?: Readonly<Record<'native' | 'wasm', Opener>>;
}

const standard: Readonly<Record<'native' | 'wasm', Opener>> = {
  native: ({ worker, threads }) => (worker ? workerRuntime({ device: 'native', threads }) : nativeRuntime({ threads })),
  wasm: ({ worker, threads }) => (worker ? workerRuntime({ device: 'wasm', threads }) : wasmRuntime({ threads })),
};

/** Opens the fastest runtime that works here. Throws where none does, or where the asked one does not. */
export async function openRuntime(options: OpenOptions = {}): Promise<Runtime> {
  const { worker = false, threads, onNotice = () => {}, openers = standard } = options;
  check(
    threads === undefined || (Number.isInteger(threads) && threads >= 1),
    () => `the number of threads must be whole and at least 1, got ${threads}`,
  );
  const device = chosen(options.device ?? 'auto');
  if (device !== 'auto') return openers[device]({ worker, threads });
  try {
    return await openers.native({ worker, threads });
  } catch (error) {
    onNotice(
      `${messageOf(error)}. Running on WebAssembly instead, about five times slower; 'yosegi doctor' says more.`,
    );
    return openers.wasm({ worker, threads });
  }
}

function chosen(device: Device): Device {
  if (device !== 'auto') return oneOf('device', device, devices);
  const wish = process.env.YOSEGI_DEVICE;
  return wish ? oneOf('device (environment variable YOSEGI_DEVICE)', wish, devices) : 'auto';
}
