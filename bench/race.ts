import { setTimeout as sleep } from 'node:timers/promises';
import { check, messageOf } from '../src/base/errors.ts';
import { percentile } from '../src/measure/percentile.ts';
import { Peer } from './protocol.ts';
import { flopsOf, peerModel, type Subject, titleOf } from './subjects.ts';
import { root } from './venv.ts';

export const variants = ['eager', 'channels_last', 'compile', 'compile_channels_last'] as const;

/** What one side came to on one subject. */
export interface Entry {
  readonly name: string;
  readonly parameters: number;
  /** Median of each round, in milliseconds. */
  readonly rounds: readonly number[];
  readonly median: number;
  readonly least: number;
  /** Peak memory of the side's own process after the race. */
  readonly peakMiB: number;
  readonly compileSeconds: number | null;
}

export interface Race {
  readonly subject: Subject;
  readonly flops: number;
  /** Ours first. */
  readonly entries: readonly Entry[];
  /** Sides that failed, with their words. */
  readonly failed: readonly string[];
}

export interface RaceOptions {
  readonly python: string;
  readonly threads: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly note: (text: string) => void;
}

interface Racer {
  readonly name: string;
  readonly peer: Peer;
  readonly parameters: number;
  readonly compileSeconds: number | null;
  readonly iterations: number;
  readonly rounds: number[];
  readonly all: number[];
}

interface Prepared {
  readonly params: number;
  readonly compile_s: number | null;
  readonly first_ms: number;
}

/** Milliseconds that one turn should last. */
const TURN = 400;
/** Between turns, so that the threads of the side before have stopped spinning. */
export const PAUSE = 60;

export const startOurs = () => new Peer('yosegi', process.execPath, ['--import', 'tsx', `${root}bench/ours.ts`]);
export const startPeer = (python: string, name = 'torch') => new Peer(name, python, [`${root}bench/peers/peer.py`]);

/** Races all sides on one subject, each in a process of its own, turn by turn: A B C A B C … */
export async function race(subject: Subject, options: RaceOptions): Promise<Race> {
  const { python, threads, rounds, note } = options;
  const failed: string[] = [];
  const racers: Racer[] = [];
  const peers: Peer[] = [];
  try {
    for (const name of ['yosegi', ...variants]) {
      note(`${titleOf(subject)}: preparing ${name}`);
      const peer = name === 'yosegi' ? startOurs() : startPeer(python, `torch ${name}`);
      peers.push(peer);
      const request = name === 'yosegi' ? subject : { ...subject, ...peerModel(subject), variant: name };
      try {
        racers.push(await enter(peer, { ...request, threads }));
      } catch (error) {
        if (name === 'yosegi') throw error;
        failed.push(`${peer.name}: ${messageOf(error)}`);
        await peer.close();
      }
    }
    const [ours] = racers;
    for (const r of racers) {
      check(
        r.parameters === ours!.parameters,
        () => `${r.name} has ${r.parameters} parameters, yosegi ${ours!.parameters}: these are not the same model`,
      );
    }
    for (let round = 0; round < rounds; round++) {
      for (const r of racers) {
        const { ms } = await r.peer.ask<{ ms: number[] }>('run', { id: 'it', iters: r.iterations });
        // The first step of a turn finds cold caches and sleeping threads.
        const counted = ms.length > 2 ? ms.slice(1) : ms;
        r.rounds.push(percentile(counted, 50));
        r.all.push(...counted);
        await sleep(PAUSE);
      }
      note(
        `${titleOf(subject)}: round ${round + 1} of ${rounds}: ${racers.map((r) => `${r.name} ${r.rounds.at(-1)!.toFixed(1)}`).join(', ')} ms`,
      );
    }
    return { subject, flops: flopsOf(subject), entries: await Promise.all(racers.map(leave)), failed };
  } finally {
    await Promise.all(peers.map((p) => p.close()));
  }
}

/** Prepares a side and finds how many iterations make one turn; compiled code and caches are warm afterwards. */
async function enter(peer: Peer, request: Readonly<Record<string, unknown>>): Promise<Racer> {
  const prepared = await peer.ask<Prepared>('prepare', { id: 'it', ...request });
  const { ms } = await peer.ask<{ ms: number[] }>('run', { id: 'it', iters: prepared.first_ms > 2000 ? 1 : 3 });
  const iterations = Math.max(1, Math.min(40, Math.round(TURN / Math.min(...ms))));
  return {
    name: peer.name,
    peer,
    parameters: prepared.params,
    compileSeconds: prepared.compile_s,
    iterations: iterations === 1 ? 1 : iterations + 1,
    rounds: [],
    all: [],
  };
}

async function leave(r: Racer): Promise<Entry> {
  const { peak_rss_mb } = await r.peer.ask<{ peak_rss_mb: number }>('memory');
  return {
    name: r.name,
    parameters: r.parameters,
    rounds: r.rounds,
    median: percentile(r.rounds, 50),
    least: Math.min(...r.all),
    peakMiB: peak_rss_mb,
    compileSeconds: r.compileSeconds,
  };
}

/** The fastest side other than ours. */
export const bestPeer = ({ entries }: Race): Entry | undefined =>
  entries.slice(1).reduce<Entry | undefined>((best, e) => (!best || e.median < best.median ? e : best), undefined);

/** How often `entry`'s time ours takes, pair by pair: the median over the rounds. Below 1, ours is faster. */
export function ratioTo({ entries }: Race, entry: Entry): number {
  return percentile(
    entries[0]!.rounds.map((ms, i) => ms / entry.rounds[i]!),
    50,
  );
}
