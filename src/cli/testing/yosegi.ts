import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Ended, start } from './start.ts';

/** What is built for tests; only it is run more than once by a process. */
const built = process.env.YOSEGI_TEST_MAIN;
const script = fileURLToPath(new URL('./host.mjs', import.meta.url));
/** A process larger than this is left, and another one begun. */
const LARGEST = 1.5e9;

/** What it says of a run: what was printed, and how large the process is. */
const answer = z.object({ out: z.string(), err: z.string(), code: z.int(), bytes: z.number() });

let host: Promise<ChildProcess> | undefined;
let busy = false;
/** Verbs that this test process has run in a process of their own. */
const seen = new Set<string | undefined>();

/**
 * For tests: runs `yosegi …` to its end. The first time a verb is run, it is in a process of its own, as a user's is; then in one that
 * stays, as loading the program takes a second of a core. Its working folder and environment are this process's.
 */
export async function yosegi(...args: string[]): Promise<Ended> {
  if (!built || busy || !seen.has(args[0])) {
    seen.add(args[0]);
    return await start(args).ended;
  }
  busy = true;
  try {
    host ??= begin(built);
    const child = await host;
    const done = await Promise.race([
      new Promise<z.infer<typeof answer>>((resolve) => {
        child.once('message', (message) => resolve(answer.parse(message)));
        child.send(args);
      }),
      once(child, 'close').then(([code, signal]) => {
        throw new Error(`yosegi ${args.join(' ')}: its process ended (${code ?? signal})`);
      }),
    ]);
    if (done.bytes > LARGEST) leave(child);
    return { ...done, signal: null };
  } catch (error) {
    host = undefined;
    throw error;
  } finally {
    busy = false;
  }
}

function leave(child: ChildProcess): void {
  host = undefined;
  child.disconnect();
}

async function begin(program: string): Promise<ChildProcess> {
  const { YOSEGI_DEVICE: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--liftoff-only', script, program], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  await once(child, 'message');
  // It ends with this process, which does not wait for it.
  child.unref();
  child.channel?.unref();
  return child;
}

/** For tests: runs a few commands, one after the other. */
export async function all(commands: readonly (readonly string[])[]): Promise<Ended[]> {
  const results: Ended[] = [];
  for (const args of commands) results.push(await yosegi(...args));
  return results;
}
