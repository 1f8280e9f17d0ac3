import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { check } from '../../src/base/errors.ts';
import { Peer } from '../protocol.ts';
import { type Prepared, type Raced, type RaceOptions, raceSides } from '../race.ts';
import { modesOf, type Side, startNode } from '../sides.ts';
import { root } from '../venv.ts';
import { imagesOf, pictures, picturesFolder, type TuningSubject } from './subjects.ts';

export interface TuningRace extends Omit<Raced, 'flops'> {
  readonly subject: TuningSubject;
  /** Pictures that one iteration learns from; undefined where it is not about their number. */
  readonly images: number | undefined;
  /** By the name of each side but ours. */
  readonly apart: ReadonlyMap<string, Apart>;
}

/** How far a side's first step is from ours, relatively. */
export interface Apart {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** Largest difference of loss or norm that is still the same step. */
const SAME = 1e-3;

export const startTuning = (name = 'yosegi') => startNode(name, 'tuning/ours.ts');
export const startTorch = (python: string, name = 'torch') => new Peer(name, python, [`${root}bench/peers/tuning.py`]);

/** Ours behind the first epoch: the pictures that were decoded are kept. */
export const LATER = 'yosegi, later epochs';

type SideOptions = Pick<RaceOptions, 'python' | 'quick' | 'threads' | 'modes'>;

/** All sides of a subject, ours first. A quick race has no compiled modes, as they take long to prepare. */
export function tuningSides(subject: TuningSubject, options: SideOptions): Side[] {
  if (subject.times === 'start') return startingSides(subject, options);
  const { python, quick, modes } = options;
  const isEpoch = subject.times === 'epoch';
  const ours = (name: string, more = {}): Side => {
    return { kind: 'yosegi', name, start: () => startTuning(name), request: { ...subject, ...more } };
  };
  return [
    ours('yosegi'),
    ...(isEpoch ? [ours(LATER, { open: true })] : []),
    ...modesOf('train', { modes, compiled: !quick }).map((variant): Side => {
      const name = `torch ${variant}`;
      const request = { ...subject, ...(isEpoch && { pictures: pictures() }), variant };
      return { kind: 'torch', name, start: () => startTorch(python, name), request };
    }),
  ];
}

/** Each iteration is a new process; compiled modes, which start later still, are not raced. */
function startingSides(subject: TuningSubject, { python, threads, modes }: SideOptions): Side[] {
  const side = (kind: Side['kind'], name: string, command: readonly string[]): Side => {
    return { kind, name, start: () => startNode(name, 'tuning/starter.ts'), request: { command } };
  };
  const ours = [join(root, 'bench/tuning/start.mjs'), picturesFolder, String(subject.size), String(threads)];
  const weights = join(root, 'box/mobilenetv2-imagenet/backbone.safetensors');
  return [
    side('yosegi', 'yosegi', [process.execPath, ...ours]),
    ...modesOf('train', { modes, compiled: false }).map((variant) => {
      const request = { ...subject, pictures: pictures(), weights, variant, threads };
      return side('torch', `torch ${variant}`, [
        python,
        join(root, 'bench/peers/first_step.py'),
        JSON.stringify(request),
      ]);
    }),
  ];
}

/**
 * How far a side's first step is from ours.
 * @throws YosegiError where it is not the same step: then that side is not raced
 */
export function apartFrom(ours: Prepared, theirs: Prepared, name: string): Apart {
  const relative = (a = Number.NaN, b = Number.NaN) => Math.abs(a - b) / Math.abs(b);
  const loss = relative(ours.loss, theirs.loss);
  const gradientNorm = relative(ours.gradient_norm, theirs.gradient_norm);
  check(
    [loss, gradientNorm].every((v) => v <= SAME),
    () =>
      `${name}: loss ${theirs.loss} and gradient norm ${theirs.gradient_norm}, ours ${ours.loss} and ${ours.gradient_norm}; they may differ by ${SAME} ` +
      `of themselves: this is not the same step`,
  );
  return { loss, gradientNorm };
}

/** The built library, anew where its sources have changed. */
function build(): void {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build-if-older.mjs')], {
    stdio: ['ignore', 2, 2],
  });
  check(status === 0, 'the library cannot be built (npm run build), and a start is that of the built library');
}

/** Races all sides on one subject: in a third of the rounds, as an iteration of most is a turn by itself, and what is long in a ninth. */
export async function raceTuning(subject: TuningSubject, options: RaceOptions): Promise<TuningRace> {
  const { times } = subject;
  const rounds = Math.ceil(options.rounds / (times === 'step' ? 3 : 9));
  if (times === 'start') build();
  const apart = new Map<string, Apart>();
  let ours: Prepared | undefined;
  const onPrepared = async ({ name }: Side, prepared: Prepared) => {
    // Nobody chose the weights and pictures of a new process.
    if (times === 'start') return;
    if (ours) apart.set(name, apartFrom(ours, prepared, name));
    else ours = prepared;
  };
  const raced = await raceSides(subject.title, tuningSides(subject, options), { ...options, rounds }, onPrepared);
  return { ...raced, subject, images: imagesOf(subject), apart };
}
