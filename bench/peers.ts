import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, messageOf, oneOf } from '../src/base/errors.ts';
import { type Agreement, agreement } from './agreement.ts';
import { writeResults } from './document.ts';
import { type ExitRace, raceExits } from './exits/race.ts';
import { type ExitSubject, exitModelKeys, exitSubject, officialFolder } from './exits/subjects.ts';
import { exitsText } from './exits/text.ts';
import { factsOf, now, spanFacts } from './facts.ts';
import { checkQuiet, disturbedText, type LoadAverage } from './load.ts';
import { type MakingRace, makingAgreement, raceMaking, startDenoise, startMaking } from './making/race.ts';
import { type MakingSubject, makingModelKeys, makingSubjects } from './making/subjects.ts';
import { makingText } from './making/text.ts';
import type { Peer } from './protocol.ts';
import { type Race, type RaceOptions, race } from './race.ts';
import { resultsText } from './results.ts';
import { startOurs, startPeer, torchModes } from './sides.ts';
import { modelKeys, type Subject, subjects } from './subjects.ts';
import { raceTuning, startTorch, startTuning, type TuningRace } from './tuning/race.ts';
import { type TuningSubject, tuningKeys, tuningSubject } from './tuning/subjects.ts';
import { tuningText } from './tuning/text.ts';
import { peerPython, root } from './venv.ts';

/** Kinds of races with a section of their own; the others are parts of the first. */
const apart = ['exits', 'making', 'tuning'] as const;
const kinds = ['train', 'infer', ...apart] as const;

const usage = `npm run bench:peers -- [options]: yosegi against PyTorch, and against what PyTorch exports on plain ONNX Runtime, on this machine
  --quick             few rounds, without the longest subject and, for models with exits, making and tuning, without compiled modes
  --only ${kinds.join('|')}  one kind only; exits: models that can be left early; making: networks that make pictures, training step and sampling;
                      tuning: what users do when they fine-tune, from a step to an epoch and the way to the first step
  --models nano,tiny  some models only; of tuning, some of ${tuningKeys.join(', ')}
  --modes eager,compile  some modes of PyTorch only
  --rounds n          turns of every side (default 9, quick 3; of tuning a third, of its epochs and starts a ninth)
  --dynamic-perceiver DIR  its official code, without which models with exits are not raced (default: $DYN_PERCEIVER)
  --busy              races although other work keeps the machine busy; the results are marked as disturbed
  --out FILE          where the results go (default bench/RESULTS.md when everything, or all models of a kind that stands by itself (${apart.join(', ')}),
                      is raced in all modes, else nowhere); what this run did not race stays there as it was`;

const note = (text: string) => console.error(text);

async function main(): Promise<void> {
  const { values: o } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      models: { type: 'string' },
      modes: { type: 'string' },
      rounds: { type: 'string' },
      'dynamic-perceiver': { type: 'string' },
      busy: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (o.help) return console.log(usage);
  const rounds = Number(o.rounds ?? (o.quick ? 3 : 9));
  check(Number.isInteger(rounds) && rounds >= 1, () => `--rounds must be a whole number above 0, got '${o.rounds}'`);
  const only = o.only === undefined ? undefined : oneOf('kind', o.only, kinds);
  const known = [...modelKeys, ...exitModelKeys, ...makingModelKeys, ...tuningKeys];
  const keys = (o.models?.split(',') ?? known).map((key) => oneOf('model', key, known));
  const modes = o.modes?.split(',').map((m) => oneOf('mode', m, torchModes.infer));
  const wanted = (kind: 'plain' | (typeof apart)[number]) =>
    only === undefined || only === kind || (kind === 'plain' && !apart.some((a) => a === only));
  const mode = only === 'train' || only === 'infer' ? only : undefined;
  const raced = wanted('plain')
    ? subjects(
        modelKeys.filter((k) => keys.includes(k)),
        mode,
        o.quick,
      )
    : [];
  const leaving = wanted('exits') ? exitModelKeys.filter((k) => keys.includes(k)).map(exitSubject) : [];
  const made = wanted('making')
    ? makingSubjects(
        makingModelKeys.filter((k) => keys.includes(k)),
        o.quick,
      )
    : [];
  const tuned = wanted('tuning') ? tuningKeys.filter((k) => keys.includes(k)).map(tuningSubject) : [];
  const threads = availableParallelism();
  const before = loadavg();
  checkQuiet(before, threads, o.busy);
  const { folder, why } = officialFolder(o['dynamic-perceiver']);
  if (leaving.length > 0 && !folder) note(why);
  const { quick } = o;
  const options = { python: peerPython(note), threads, rounds, quick, note, ...(modes && { modes }) };

  const plain = raced.length > 0 ? await racePlain(raced, before, options) : undefined;
  const exits = leaving.length > 0 && folder ? await raceLeaving(leaving, folder, before, options) : undefined;
  const making = made.length > 0 ? await raceMakers(made, before, options) : undefined;
  const tuning = tuned.length > 0 ? await raceTuners(tuned, before, options) : undefined;
  const written = { plain, exits, making, tuning };
  const texts = Object.values(written).filter((text) => text !== undefined);
  for (const text of texts) console.log(text);
  const whole = !o.quick && !mode && !o.models && !modes;
  const out = o.out ?? (whole ? join(root, 'bench/RESULTS.md') : undefined);
  if (out && texts.length > 0) writeResults(out, written);
}

/** Training and inference of models without exits on the way. */
async function racePlain(raced: readonly Subject[], before: LoadAverage, options: RaceOptions): Promise<string> {
  const { python, threads } = options;
  const started = now();
  const [ours, torch] = [startOurs(), startPeer(python)];
  const peaks = { torch: 0, ort: 0 };
  const facts = await factsOf(ours, torch, threads);
  await measurePeaks(ours, torch, threads, peaks);
  const agreements: Agreement[] = [];
  for (const s of raced.filter((s, i) => raced.findIndex((t) => t.model === s.model) === i)) {
    note(`${s.model}: comparing both sides' numbers`);
    agreements.push(await agreement(ours, python, s));
  }
  await Promise.all([ours.close(), torch.close()]);

  const races: Race[] = [];
  for (const s of raced) races.push(await race(s, options));
  const again = [startOurs(), startPeer(python)] as const;
  await measurePeaks(...again, threads, peaks);
  await Promise.all(again.map((p) => p.close()));
  const after = loadavg();
  return resultsText({
    facts: [...facts, ...spanFacts(started, after, threads)],
    warning: disturbedText({ before, after, cores: threads }),
    peaks,
    agreements,
    races,
  });
}

/** Models with exits against the official code in `folder`. */
async function raceLeaving(
  raced: readonly ExitSubject[],
  folder: string,
  before: LoadAverage,
  options: RaceOptions,
): Promise<string> {
  const { python, threads } = options;
  const started = now();
  const [ours, torch] = [startOurs(), startPeer(python)];
  const facts = await factsOf(ours, torch, threads);
  await Promise.all([ours.close(), torch.close()]);
  const races: ExitRace[] = [];
  for (const s of raced) races.push(await raceExits(s, folder, options));
  const after = loadavg();
  const warning = disturbedText({ before, after, cores: threads });
  return exitsText({ facts: [...facts, ...spanFacts(started, after, threads)], warning, races });
}

/** Networks that make pictures against the same ones in PyTorch; they are raced where both sides make the same pictures. */
async function raceMakers(raced: readonly MakingSubject[], before: LoadAverage, options: RaceOptions): Promise<string> {
  const { python, threads } = options;
  const started = now();
  const [ours, torch] = [startMaking(), startDenoise(python)];
  const facts = await factsOf(ours, torch, threads);
  const agreements: string[] = [];
  for (const s of raced.filter((s, i) => raced.findIndex((t) => t.model === s.model) === i)) {
    note(`${s.model}: comparing both sides' pictures`);
    agreements.push(await makingAgreement(ours, torch, s));
  }
  const peaks = { torch: 0, ort: 0 };
  const products = startOurs();
  await measurePeaks(products, torch, threads, peaks);
  await Promise.all([ours, torch, products].map((p) => p.close()));
  const races: MakingRace[] = [];
  for (const s of raced) races.push(await raceMaking(s, options));
  const after = loadavg();
  return makingText({
    facts: [...facts, ...spanFacts(started, after, threads)],
    warning: disturbedText({ before, after, cores: threads }),
    peak: Math.max(peaks.torch, peaks.ort),
    agreements,
    races,
  });
}

/** What users do when they fine-tune, against PyTorch and PEFT. */
async function raceTuners(raced: readonly TuningSubject[], before: LoadAverage, options: RaceOptions): Promise<string> {
  const { python, threads } = options;
  const started = now();
  const [ours, torch] = [startTuning(), startTorch(python)];
  const facts = await factsOf(ours, torch, threads);
  await Promise.all([ours.close(), torch.close()]);
  const races: TuningRace[] = [];
  for (const s of raced) races.push(await raceTuning(s, options));
  const after = loadavg();
  return tuningText({
    facts: [...facts, ...spanFacts(started, after, threads)],
    warning: disturbedText({ before, after, cores: threads }),
    races,
  });
}

/** Both sides' best rate of one large matrix product, in turns. */
async function measurePeaks(ours: Peer, torch: Peer, threads: number, best: { torch: number; ort: number }) {
  note('measuring the matrix product of both sides');
  for (let i = 0; i < 3; i++) {
    const request = { n: 2048, threads, iters: 5 };
    best.ort = Math.max(best.ort, (await ours.ask<{ gflops: number }>('gemm', request)).gflops);
    best.torch = Math.max(best.torch, (await torch.ask<{ gflops: number }>('gemm', request)).gflops);
  }
}

main().catch((error) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
