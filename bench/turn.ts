import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Peer } from './protocol.ts';

/** Milliseconds between turns, so that the threads of the side before have stopped spinning. */
export const PAUSE = 60;

/**
 * One turn of a side: the milliseconds of its iterations, by the request `run`, and the pause behind them. The first finds cold caches and sleeping threads
 * and is left out where there are more than two.
 */
export async function turn(peer: Peer, request: Message): Promise<number[]> {
  const { ms } = await peer.ask<{ ms: number[] }>('run', request);
  await sleep(PAUSE);
  return ms.length > 2 ? ms.slice(1) : ms;
}
