import { expect } from 'vitest';
import type { Ended } from './start.ts';
import { yosegi } from './yosegi.ts';

/** For tests: runs `yosegi …`, which must end well. */
export async function ended(...args: string[]): Promise<Ended> {
  const done = await yosegi(...args);
  expect(done.code, `${args.join(' ')}: ${done.err}`).toBe(0);
  return done;
}

/** What it wrote to stdout then. */
export const told = async (...args: string[]): Promise<string> => (await ended(...args)).out;

/** What it wrote to stdout and stderr. */
export async function toldAll(...args: string[]): Promise<string> {
  const { out, err } = await ended(...args);
  return out + err;
}
