import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** What is built for tests where there is such a thing (see built.ts), else the sources. */
const built = process.env.YOSEGI_TEST_MAIN;
/** For tests: what starts `yosegi`, behind the name of Node. WebAssembly is compiled once, quickly: what tests run of it is short. */
export const command: readonly string[] = [
  '--liftoff-only',
  ...(built ? [built] : ['--import', tsx, fileURLToPath(new URL('../main.ts', import.meta.url))]),
];

export interface Ended {
  readonly out: string;
  readonly err: string;
  /** Exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `yosegi` under way. */
export interface Child {
  /** What it has written to stderr so far. */
  readonly err: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Stops listening to its stdout, as `| head` does. */
  readonly hangUp: () => void;
  /** Stops listening to both of its outputs, as a terminal does that is closed. */
  readonly leave: () => void;
  readonly ended: Promise<Ended>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where its stdout goes, as an open file, instead of being collected. */
  readonly stdout?: number;
}

/** For tests: starts `yosegi …` in a process of its own */
export function start(args: readonly string[], { cwd, env, stdout }: ChildOptions = {}): Child {
  const { YOSEGI_DEVICE: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [...command, ...args], {
    cwd,
    env: { ...inherited, ...env },
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
  });
  const written = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ...written, code, signal }));
  });
  const hangUp = () => {
    child.stdout?.destroy();
  };
  const leave = () => {
    hangUp();
    child.stderr?.destroy();
  };
  return { err: () => written.err, kill: (signal) => child.kill(signal), hangUp, leave, ended };
}
