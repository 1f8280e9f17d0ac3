import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { check, YosegiError } from '../../src/base/errors.ts';
import { answerRequests, type Message } from '../protocol.ts';

/**
 * A side of the race to the first training step: each iteration starts its command anew and waits for the line that says
 * {"first_step":true,"peak_rss_mb":x}. The requests prepare (with `command`), run and memory of bench/peers/peer.py.
 */
const commandSchema = z.array(z.string()).min(1);
const arrivedSchema = z.object({ first_step: z.literal(true), peak_rss_mb: z.number() });

let command: readonly string[] | undefined;
let peak = 0;

/** Milliseconds from the start of the process to the line; it is gone when they are given. */
async function started(): Promise<number> {
  check(command, 'no command is prepared');
  const [program, ...args] = command;
  const start = performance.now();
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let ms: number | undefined;
  child.stderr.on('data', (text) => {
    said = (said + text).slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    ms ??= performance.now() - start;
    peak = Math.max(peak, arrivedSchema.parse(JSON.parse(line)).peak_rss_mb);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  if (ms === undefined) throw new YosegiError(`'${program}' ended before its first step: ${said.trim()}`);
  return ms;
}

/** Once without counting, so that files are in memory. */
async function prepare(request: Message): Promise<Message> {
  command = commandSchema.parse(request.command);
  return { compile_s: null, first_ms: await started(), long: true };
}

async function run({ iters }: Message): Promise<Message> {
  const ms: number[] = [];
  for (let i = 0; i < Number(iters ?? 1); i++) ms.push(await started());
  return { ms };
}

await answerRequests({ prepare, run, memory: async () => ({ peak_rss_mb: peak }) });
