import { check } from '../../src/base/errors.ts';
import type { Peer } from '../protocol.ts';
import { Peer as Process } from '../protocol.ts';
import { type Raced, type RaceOptions, raceSides } from '../race.ts';
import { modesOf, type Side, startNode } from '../sides.ts';
import { root } from '../venv.ts';
import {
  LABEL_DROPOUT,
  type MakingSubject,
  making,
  makingFlopsOf,
  makingPeerModel,
  makingTitleOf,
} from './subjects.ts';

export interface MakingRace extends Raced {
  readonly subject: MakingSubject;
}

/** Largest difference, of the largest value, loss or norm, that is still the same network. */
const SAME = 1e-3;

export const startMaking = () => startNode('yosegi', 'making/ours.ts');
export const startDenoise = (python: string, name = 'torch') =>
  new Process(name, python, [`${root}bench/peers/denoise.py`]);

/** A subject in the words of bench/peers/denoise.py. */
const peerRequest = (subject: MakingSubject) => ({
  ...subject,
  ...makingPeerModel(subject),
  ...{ steps: making.steps, guidance: making.guidance, dropout: LABEL_DROPOUT },
});

interface Numbers {
  readonly pictures: readonly number[];
  readonly loss: number;
  readonly gradient_norm: number;
}

/**
 * Whether both sides make the same pictures and learn the same, in words.
 * @throws YosegiError where they do not: then they are not raced
 */
export async function makingAgreement(ours: Peer, torch: Peer, subject: MakingSubject): Promise<string> {
  const mine = await ours.ask<Numbers & { noise: number[] }>('agree', subject);
  const theirs = await torch.ask<Numbers>('agree', { ...peerRequest(subject), noise: mine.noise });
  const scale = theirs.pictures.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const worst = theirs.pictures.reduce((most, v, i) => Math.max(most, Math.abs(v - mine.pictures[i]!)), 0) / scale;
  const relative = (a: number, b: number) => Math.abs(a - b) / Math.abs(b);
  const [loss, norm] = [relative(mine.loss, theirs.loss), relative(mine.gradient_norm, theirs.gradient_norm)];
  check(
    [worst, loss, norm].every((apart) => apart <= SAME),
    () =>
      `${subject.model}: pictures differ by ${worst.toExponential(1)} of the largest value, loss by ${loss.toExponential(1)}, gradient norm by ${norm.toExponential(1)}, and may by ${SAME}: these are not the same network`,
  );
  return (
    `${subject.model}: same formula weights and noise on both sides: pictures after ${making.steps} steps differ by ${worst.toExponential(1)} of the largest value, ` +
    `training loss by ${loss.toExponential(1)}, gradient norm by ${norm.toExponential(1)} (relative)`
  );
}

/** A quick race has no compiled modes: they take minutes to prepare. */
function sidesOf(
  subject: MakingSubject,
  { python, quick, modes }: Omit<RaceOptions, 'threads' | 'rounds' | 'note'>,
): Side[] {
  const raced = modesOf(subject.mode === 'train' ? 'train' : 'infer', { modes, compiled: !quick });
  return [
    { kind: 'yosegi', name: 'yosegi', start: startMaking, request: subject },
    ...raced.map((variant): Side => {
      const name = `torch ${variant}`;
      return {
        ...{ kind: 'torch', name, start: () => startDenoise(python, name) },
        request: { ...peerRequest(subject), variant },
      };
    }),
  ];
}

/** Races all sides on one subject. */
export async function raceMaking(subject: MakingSubject, options: RaceOptions): Promise<MakingRace> {
  const sides = sidesOf(subject, options);
  return {
    ...{ subject, flops: makingFlopsOf(subject) },
    ...(await raceSides(makingTitleOf(subject), sides, options)),
  };
}
