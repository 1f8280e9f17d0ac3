import type { Command } from 'commander';
import { vi } from 'vitest';

/** For tests: runs a command with arguments; returns what it printed and the exit code it set. */
export async function runCommand(
  command: Command,
  args: readonly string[],
): Promise<{ out: string; err: string; code: number }> {
  const written = { out: '', err: '' };
  const catching = (to: 'out' | 'err') => (text: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    written[to] += text;
    // Who prints much waits until it is written.
    const then = typeof encoding === 'function' ? encoding : done;
    if (typeof then === 'function') then();
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(catching('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(catching('err')),
  ];
  const before = process.exitCode;
  try {
    await command.exitOverride().parseAsync([...args], { from: 'user' });
    return { ...written, code: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
