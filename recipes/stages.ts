import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from '../src/base/errors.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { generateEvaluation } from '../src/tasks/generate/evaluation.ts';
import { machine, type Recipe, record, recorded, runOf, seedsOf } from './carry-out.ts';
import { emojiFolders, emojiOptions } from './emoji.ts';
import { type Timed, trainedFor, writeSheet } from './timed.ts';

/**
 * `npx tsx recipes/stages.ts [--seeds n | 1,2] [--minutes 12] [--drawn PICTURES]`: what training in stages is worth, on noto-emoji-64: the names of kinds as captions at 32 pixels, then the
 * captions at 32, then the captions at 64, each from the weights before it (`yosegi train --stages` does the same); against the last stage
 * alone for as much processor time in all. With PICTURES (those of text-to-image.ts) at 64, 64 and 128 pixels, all in the latents of TAEF2. Test captions are new combinations (emoji.ts) and their
 * pictures in no stage. Writes recipes/stages.json, logs, and a sheet into each last run.
 */
const FILE = 'stages.json';
/** Shares of the time. */
const shares = { names: 0.2, small: 0.3, last: 0.5 };
const line = { batch: 16, lr: 1e-3, warmup: 1, ema: 0.998, threads: 1, evalEvery: 5 };

const network = { task: 'generate', model: 'ascan-unet-nano' } as const;

type Way = 'stages' | 'alone';

const nameOf = (way: Way, drawn?: string) => `emoji-${drawn === undefined ? '' : 'latents-'}${way}`;

async function trained(
  way: Way,
  seed: number,
  seconds: number,
  data: Awaited<ReturnType<typeof emojiFolders>>,
  drawn?: string,
) {
  const out = runOf(nameOf(way, drawn), seed);
  const [size, smaller] = drawn === undefined ? [64, 32] : [128, 64];
  const taskOptions = { showEvery: 0, ...emojiOptions(drawn) };
  const last: Recipe['run'] = { ...network, data: data.told, size, train: { ...line, seed }, taskOptions };
  if (way === 'alone') return { out, parts: [await trainedFor(seconds, last, out)] };
  const [first, second] = [`${out}-1`, `${out}-2`];
  const names: Recipe['run'] = {
    ...{ ...last, data: data.kinds, size: smaller, valFraction: 0.05, testFraction: 0 },
    taskOptions: { ...taskOptions, classCaptions: true },
  };
  const parts: Timed[] = [await trainedFor(shares.names * seconds, names, first)];
  parts.push(await trainedFor(shares.small * seconds, { ...last, size: smaller, weights: first }, second));
  parts.push(await trainedFor(shares.last * seconds, { ...last, weights: second }, out));
  return { out, parts };
}

async function compared(way: Way, seed: number, minutes: number, drawn?: string): Promise<void> {
  const name = nameOf(way, drawn);
  const data = await emojiFolders(seed, drawn);
  const { out, parts } = await trained(way, seed, 60 * minutes, data, drawn);
  const making = { steps: 20, guidance: 3 };
  const { evaluation } = await evaluateRun(out, { split: 'test', making, threads: 1 });
  const { loss, times, told, made } = generateEvaluation.parse(evaluation);
  check(made && told, 'there are too few test pictures to compare with');
  const { frechet, frechetReal, precision, recall, coverage, copies, pictures } = made;
  const last = parts.at(-1)!;
  const done = {
    ...{ name, seed, minutes, epochs: parts.map((p) => p.epochs), processor: parts.map((p) => p.processor) },
    first: last.result.history.find((e) => e.val)?.val?.loss,
    ...{ loss, times, told: told.share, among: told.among },
    ...{ frechet, frechetReal, precision, recall, coverage, copies, pictures },
    carried: last.run.pretrained?.carried ?? [],
    ...{ machine: await machine(), date: new Date().toISOString() },
  };
  await copyFile(join(out, 'log.jsonl'), new URL(`logs/${name}-${seed}.jsonl`, import.meta.url).pathname);
  const shown = Array.from({ length: 10 }, (_, i) => data.tested[Math.floor((i * data.tested.length) / 10)]!);
  await writeSheet(out, join(out, 'sheet.png'), () => shown.map((text) => ({ name: text, wish: { text } })), making);
  await record(FILE, done);
  console.log(JSON.stringify(done));
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    minutes: { type: 'string', default: '12' },
    drawn: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
check(minutes > 0, () => `--minutes must be a number above 0, got '${values.minutes}'`);
for (const seed of seedsOf(values.seeds, 1)) {
  for (const way of ['alone', 'stages'] as const) {
    const known = await recorded<{ name: string; seed: number }>(FILE);
    if (known.some((r) => r.name === nameOf(way, values.drawn) && r.seed === seed)) continue;
    await compared(way, seed, minutes, values.drawn);
  }
}
