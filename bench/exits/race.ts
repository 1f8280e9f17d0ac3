import { check, messageOf } from '../../src/base/errors.ts';
import { assess } from '../../src/exits/policy/assess.ts';
import { leaveAt } from '../../src/exits/policy/policy.ts';
import { percentile } from '../../src/measure/percentile.ts';
import { Peer } from '../protocol.ts';
import type { RaceOptions } from '../race.ts';
import { modesOf, startOurs } from '../sides.ts';
import { turn } from '../turn.ts';
import { root } from '../venv.ts';
import { batches, type ExitSubject, officialModel, shares } from './subjects.ts';
import { type Chosen, chooseThresholds, safety } from './thresholds.ts';

/** One way to an answer on one side, timed at one batch size to one exit (or, dynamic, to whichever exit is sure enough). */
export interface Timing {
  readonly side: string;
  readonly batch: number;
  /** Name of an exit, or {@link DYNAMIC}. */
  readonly cell: string;
  /** Milliseconds a batch: median of each round, and the least of all. */
  readonly rounds: number[];
  least: number;
}

export const DYNAMIC = 'dynamic';

export interface ExitRace {
  readonly subject: ExitSubject;
  readonly exits: readonly string[];
  /** Multiply–accumulates of one image that leaves at each exit. */
  readonly macs: readonly number[];
  readonly timings: readonly Timing[];
  readonly chosen: Chosen;
  /** Whether both sides compute the same thing, in words. */
  readonly agreement: string;
  readonly failed: readonly string[];
}

interface Racer {
  readonly peer: Peer;
  readonly id: string;
  iterations: number;
  /** Batches in an iteration. */
  readonly steps: number;
  readonly timing: Timing;
}

/** Milliseconds that one turn should last. */
const TURN = 250;

const startOfficial = (python: string, variant: string, folder: string) =>
  new Peer(`torch ${variant}`, python, [`${root}bench/peers/dynamic_perceiver.py`], { DYN_PERCEIVER: folder });

/** Races all sides, each in a process of its own: for every batch size and exit in turn A B C A B C …, round after round. */
export async function raceExits(
  subject: ExitSubject,
  folder: string,
  { python, threads, rounds, quick, modes: asked, note }: RaceOptions,
): Promise<ExitRace> {
  const ours = startOurs();
  const modes = modesOf('train', { modes: asked, compiled: !quick });
  const torch = modes.map((v) => startOfficial(python, v, folder));
  const failed: string[] = [];
  try {
    note(`${subject.model}: opening it on every side`);
    const mine = await ours.ask<{ params: number; exits: string[]; macs: number[] }>('open', { ...subject, threads });
    for (const [i, peer] of torch.entries()) {
      const request = { ...officialModel(subject), variant: modes[i], threads };
      const { params } = await peer.ask<{ params: number }>('open', request);
      check(
        params === mine.params,
        () => `${peer.name} has ${params} parameters, yosegi ${mine.params}: these are not the same model`,
      );
    }
    const { chosen, agreement } = await agree(ours, torch[0]!, subject);
    const { exits } = mine;
    const racers: Racer[] = [];
    for (const batch of batches) {
      const goals = goalsOf(exits, chosen, batch, subject.images);
      note(`${subject.model}, batch ${batch}: preparing yosegi`);
      for (const way of batch === 1 ? ['parts', 'one file'] : ['parts'])
        for (const goal of goals) racers.push(await enter(ours, `yosegi, ${way}`, { ...goal, way, batch }));
      racers.push(await enter(ours, 'yosegi, whole', { ...wholeGoal(exits, batch), way: 'whole', batch }));
    }
    const say = (text: string) => note(`${subject.model}: ${text}`);
    say("preparing and compiling the official code's modes");
    const entering = torch.map((peer) => enterOfficial(peer, exits, chosen, subject, say));
    const prepared = await Promise.allSettled(entering);
    prepared.forEach((result, i) => {
      if (result.status === 'fulfilled') racers.push(...result.value);
      else failed.push(`${torch[i]!.name}: ${messageOf(result.reason)}`);
    });
    await take(racers, rounds, say);
    return { subject, exits, macs: mine.macs, timings: racers.map((r) => r.timing), chosen, agreement, failed };
  } finally {
    await Promise.all([ours, ...torch].map((p) => p.close()));
  }
}

interface Goal {
  readonly cell: string;
  readonly count: number;
  readonly thresholds: readonly number[] | null;
  /** Where each image must leave. */
  readonly exits?: readonly number[];
}

/** Every exit, and the thresholds. */
function goalsOf(exits: readonly string[], { thresholds, exits: left }: Chosen, batch: number, images: number): Goal[] {
  const fixed = exits.map((cell, k): Goal => {
    const { thresholds } = leaveAt(exits.length, k);
    return { cell, count: batch, thresholds, exits: Array.from({ length: batch }, () => k) };
  });
  return [...fixed, { cell: DYNAMIC, count: images, thresholds, exits: left }];
}

/** The network to its end, nothing chosen. */
function wholeGoal(exits: readonly string[], batch: number): Goal {
  return { cell: exits.at(-1)!, count: batch, thresholds: null };
}

async function enterOfficial(
  peer: Peer,
  exits: readonly string[],
  chosen: Chosen,
  { images }: ExitSubject,
  note: (text: string) => void,
): Promise<Racer[]> {
  const racers: Racer[] = [];
  const mode = peer.name.replace('torch ', '');
  for (const batch of batches) {
    const goals = goalsOf(exits, chosen, batch, images);
    for (const goal of [wholeGoal(exits, batch), goals.at(-1)!])
      racers.push(await enter(peer, `torch published, ${mode}`, { ...goal, way: 'published', batch }));
    for (const goal of goals) racers.push(await enter(peer, `torch parts, ${mode}`, { ...goal, way: 'parts', batch }));
  }
  note(`${peer.name} is ready`);
  return racers;
}

/** Prepares one way, checks that every image leaves where it must, and makes a first guess at its turns. */
async function enter(peer: Peer, side: string, goal: Goal & { way: string; batch: number }): Promise<Racer> {
  const { cell, batch, count, exits, way, thresholds } = goal;
  const id = `${way} ${batch} ${cell}`;
  const got = await peer.ask<{ exits: number[]; first_ms: number }>('enter', { id, way, batch, count, thresholds });
  const wrong = exits?.findIndex((e, i) => e !== got.exits[i]) ?? -1;
  check(
    wrong < 0,
    () => `${side}: image ${wrong} leaves at exit ${got.exits[wrong]! + 1}, and should at ${exits![wrong]! + 1}`,
  );
  const timing = { side, batch, cell, rounds: [], least: Number.POSITIVE_INFINITY };
  return { peer, id, iterations: iterationsFor(got.first_ms), steps: count / batch, timing };
}

/** How many iterations make a turn; the first of several is not counted. */
function iterationsFor(ms: number): number {
  const n = Math.min(40, Math.round(TURN / ms));
  return n <= 1 ? 1 : n + 1;
}

async function take(racers: readonly Racer[], rounds: number, note: (text: string) => void): Promise<void> {
  const cells = [...new Set(racers.map(({ timing: t }) => `${t.batch} ${t.cell}`))];
  for (let round = 0; round < rounds; round++) {
    for (const cell of cells) {
      const sides = racers.filter(({ timing: t }) => `${t.batch} ${t.cell}` === cell);
      for (const r of sides) {
        const { peer, id, steps, timing } = r;
        const ms = await turn(peer, { id, iters: r.iterations });
        // The sides were prepared beside each other: how long one takes alone is seen only here.
        r.iterations = iterationsFor(Math.min(...ms));
        const counted = ms.map((v) => v / steps);
        timing.rounds.push(percentile(counted, 50));
        timing.least = Math.min(timing.least, ...counted);
      }
    }
    note(`round ${round + 1} of ${rounds}`);
  }
}

/** Compares what both sides say of all images at all exits, and chooses the thresholds from what ours says. */
async function agree(ours: Peer, official: Peer, { classes, images }: ExitSubject) {
  const mine = await ours.ask<{ logits: number[][] }>('says');
  const theirs = await official.ask<{ logits: number[][]; apart: number }>('says');
  const worst = mine.logits.map((all, k) => {
    const scale = theirs.logits[k]!.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    return all.reduce((most, v, i) => Math.max(most, Math.abs(v - theirs.logits[k]![i]!)), 0) / scale;
  });
  const [sure, sureToo] = [mine, theirs].map(({ logits }) =>
    logits.map((l) => assess(Float32Array.from(l), classes).confidence),
  );
  const chosen = chooseThresholds(sure!, shares);
  const counts = shares.map((_, k) => chosen.exits.filter((e) => e === k).length);
  const agreement =
    `same formula weights and ${images} formula images on both sides: logits of the four exits differ by ` +
    `${worst.map((w) => w.toExponential(1)).join(', ')} of the largest; the official modules called exit by exit differ from the official ` +
    `forward by ${theirs.apart.toExponential(1)}. Thresholds ${chosen.thresholds.map((t) => t.toPrecision(4)).join(', ')} let ` +
    `${counts.join(', ')} images leave; every side and mode lets the same ones leave at the same exits (the image nearest to a ` +
    `threshold lies ${safety(chosen, sure!, sureToo!).toFixed(0)} times as far from it as the sides' confidences differ)`;
  return { chosen, agreement };
}
