import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, messageOf } from '../src/base/errors.ts';
import { digits } from '../src/base/text/numbers.ts';
import { percentile } from '../src/measure/percentile.ts';
import { type Exported, exported, exportedText } from './exported.ts';
import type { Peer } from './protocol.ts';
import { type Kind, PLAIN, type Side, sidesOf } from './sides.ts';
import { flopsOf, type Subject, titleOf } from './subjects.ts';
import { turn } from './turn.ts';

/** What one side came to on one subject. */
export interface Entry {
  readonly kind: Kind;
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

/** What all sides came to on one thing. */
export interface Raced {
  readonly flops: number;
  /** Ours first. */
  readonly entries: readonly Entry[];
  /** Sides that failed, with their words. */
  readonly failed: readonly string[];
}

export interface Race extends Raced {
  readonly subject: Subject;
  /** How PyTorch exported the network for plain ONNX Runtime; undefined in training, or where it could not. */
  readonly exported?: string;
}

export interface RaceOptions {
  readonly python: string;
  readonly threads: number;
  readonly rounds: number;
  readonly quick: boolean;
  /** PyTorch's modes that are raced; default: all. */
  readonly modes?: readonly string[];
  readonly note: (text: string) => void;
}

interface Racer {
  readonly side: Side;
  readonly peer: Peer;
  readonly parameters: number;
  readonly compileSeconds: number | null;
  readonly iterations: number;
  readonly rounds: number[];
  readonly all: number[];
}

/** What a side says of what it has prepared. */
export interface Prepared {
  /** Not of a file: its side says. */
  readonly params?: number;
  readonly compile_s: number | null;
  readonly first_ms: number;
  /** One iteration is a turn, and is not tried before. */
  readonly long?: boolean;
  /** Of its first step, in training. */
  readonly loss?: number;
  readonly gradient_norm?: number;
}

/** Milliseconds that one turn should last. */
const TURN = 400;

/** Races all sides on one subject. */
export async function race(subject: Subject, options: RaceOptions): Promise<Race> {
  const title = titleOf(subject);
  const unmade: string[] = [];
  let how: string | undefined;
  const folder = await mkdtemp(join(tmpdir(), 'yosegi-peers-'));
  try {
    const file = subject.mode === 'infer' ? exportFor(subject, folder, options, unmade) : undefined;
    const { entries, failed } = await raceSides(
      title,
      sidesOf(subject, options, file),
      options,
      async ({ kind }, _, peer) => {
        if (file && kind === 'plain') how = exportedText(file, (await peer.ask<{ logits: number[] }>('says')).logits);
      },
    );
    return { subject, flops: flopsOf(subject), entries, exported: how, failed: [...unmade, ...failed] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Races sides, each in a process of its own, turn by turn: A B C A B C …; `onPrepared` hears of each side once it is prepared, ours first, and throws
 * where it is not the same network.
 */
export async function raceSides(
  title: string,
  sides: readonly Side[],
  { threads, rounds, note }: Pick<RaceOptions, 'threads' | 'rounds' | 'note'>,
  onPrepared: (side: Side, prepared: Prepared, peer: Peer) => Promise<void> = async () => {},
): Promise<Omit<Raced, 'flops'>> {
  const failed: string[] = [];
  const racers: Racer[] = [];
  const peers: Peer[] = [];
  try {
    for (const side of sides) {
      note(`${title}: preparing ${side.name}`);
      const peer = side.start();
      peers.push(peer);
      try {
        const prepared = await peer.ask<Prepared>('prepare', { id: 'it', ...side.request, threads });
        await onPrepared(side, prepared, peer);
        racers.push(await enter(side, peer, prepared));
      } catch (error) {
        if (side.kind === 'yosegi') throw error;
        failed.push(messageOf(error));
        await peer.close();
      }
    }
    const [ours] = racers;
    for (const r of racers) {
      check(
        r.parameters === ours!.parameters,
        () => `${r.side.name} has ${r.parameters} parameters, yosegi ${ours!.parameters}: these are not the same model`,
      );
    }
    for (let round = 0; round < rounds; round++) {
      for (const r of racers) {
        const counted = await turn(r.peer, { id: 'it', iters: r.iterations });
        r.rounds.push(percentile(counted, 50));
        r.all.push(...counted);
      }
      note(
        `${title}: round ${round + 1} of ${rounds}: ${racers.map((r) => `${r.side.name} ${r.rounds.at(-1)!.toFixed(1)}`).join(', ')} ms`,
      );
    }
    return { entries: await Promise.all(racers.map(leave)), failed };
  } finally {
    await Promise.all(peers.map((p) => p.close()));
  }
}

/** The network as PyTorch exports it; where it cannot, that side has failed and the others race. */
function exportFor(subject: Subject, folder: string, options: RaceOptions, failed: string[]): Exported | undefined {
  options.note(`${titleOf(subject)}: exporting it by PyTorch`);
  try {
    return exported(options.python, subject, folder);
  } catch (error) {
    failed.push(`${PLAIN}: ${messageOf(error)}`);
    return undefined;
  }
}

/** A side that is prepared; compiled code and caches are warm afterwards. */
async function enter(side: Side, peer: Peer, prepared: Prepared): Promise<Racer> {
  return {
    side,
    peer,
    parameters: prepared.params ?? side.parameters ?? 0,
    compileSeconds: prepared.compile_s,
    iterations: prepared.long ? 1 : await iterationsOf(peer, prepared),
    rounds: [],
    all: [],
  };
}

/** How many iterations make one turn, found by trying; of several the first is not counted. */
async function iterationsOf(peer: Peer, { first_ms }: Prepared): Promise<number> {
  const { ms } = await peer.ask<{ ms: number[] }>('run', { id: 'it', iters: first_ms > 2000 ? 1 : 3 });
  const iterations = Math.max(1, Math.min(40, Math.round(TURN / Math.min(...ms))));
  return iterations === 1 ? 1 : iterations + 1;
}

async function leave(r: Racer): Promise<Entry> {
  const { peak_rss_mb } = await r.peer.ask<{ peak_rss_mb: number }>('memory');
  return {
    kind: r.side.kind,
    name: r.side.name,
    parameters: r.parameters,
    rounds: r.rounds,
    median: percentile(r.rounds, 50),
    least: Math.min(...r.all),
    peakMiB: peak_rss_mb,
    compileSeconds: r.compileSeconds,
  };
}

export const ofKind = ({ entries }: Pick<Raced, 'entries'>, kind: Kind) => entries.filter((e) => e.kind === kind);

/** The fastest mode of PyTorch. */
export const bestTorch = (race: Pick<Raced, 'entries'>): Entry | undefined =>
  ofKind(race, 'torch').reduce<Entry | undefined>((best, e) => (!best || e.median < best.median ? e : best), undefined);

/** How often `entry`'s time ours takes, pair by pair: the median over the rounds. Below 1, ours is faster. */
export function ratioTo({ entries }: Pick<Raced, 'entries'>, entry: Entry): number {
  return percentile(
    entries[0]!.rounds.map((ms, i) => ms / entry.rounds[i]!),
    50,
  );
}

/** Ours beside the fastest mode of PyTorch, as cells of a table; empty where none was raced. */
export function besideTorch(race: Pick<Raced, 'entries'>) {
  const best = bestTorch(race);
  if (!best) return { best, time: '', ratio: '', ofLeast: '', leastMiB: '' };
  const torch = ofKind(race, 'torch');
  return {
    best,
    time: `${digits(best.median)} (${best.name.replace('torch ', '')})`,
    ratio: ratioTo(race, best).toFixed(2),
    ofLeast: (race.entries[0]!.least / Math.min(...torch.map((e) => e.least))).toFixed(2),
    leastMiB: Math.min(...torch.map((e) => e.peakMiB)).toFixed(0),
  };
}
