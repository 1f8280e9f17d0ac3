import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, messageOf, oneOf } from '../src/base/errors.ts';
import { norms } from '../src/cli/train-options.ts';
import { graphCost } from '../src/graph/cost.ts';
import { graph } from '../src/graph/graph.ts';
import { createDenoiser } from '../src/models/denoisers.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { generateEvaluation } from '../src/tasks/generate/evaluation.ts';
import { machine, type Recipe, record, recorded, runOf, seedsOf, shared } from './carry-out.ts';
import { trainedFor, writeSheet } from './timed.ts';

/**
 * `npx tsx recipes/denoisers.ts [x-sdd|clothing …] [--networks ascan,dit] [--seeds n | 1,2] [--minutes 5] [--norm half] [--unets fine|coarse|small] [--again]`: networks that make pictures, compared at
 * equal multiply-adds a look (within 5 %) and equal training time (processor time, one thread): AsCAN's UNet, the same with the same blocks
 * in every stage, with convolutions alone, and DiT. Pictures of 64 pixels of each class. How many epochs the time holds is found by training
 * two first. With `--norm half` pictures are given as −1 … 1, not scaled as they need it; `--unets coarse` and `small` are below; names say so, and minutes that are not five. Writes recipes/denoisers.json, recipes/logs/<name>-<seed>.jsonl, and a sheet into each run's folder; what the file has already
 * is left out.
 */
const SIZE = 64;
const FILE = 'denoisers.json';
/** Of a processor, as a rule. */
const MINUTES = 5;
/** Most that a network's multiply-adds may differ from those of the first. */
const ALIKE = 0.05;
const unet = { patch: 4, expand: 2, headDim: 24, condition: 128, groups: 8 } as const;
const layouts = {
  ascan: { layout: 'CCC|CCT|CTT', widths: [24, 48, 96] },
  symmetric: { layout: 'CCT|CCT|CCT', widths: [24, 48, 72] },
  convolutions: { layout: 'CCC|CCC|CCC', widths: [24, 48, 80] },
} as const;
/** How UNets see pixels; layouts and widths above are those of cells of 4 × 4. */
const unets = {
  /** With a block on single pixels behind. */
  fine: (of) => of,
  /** Without one, as they were first. */
  coarse: (of) => ({ ...of, fine: 0, groups: 32 }),
  /** In its place a stage more before the others: one C block on cells of 2 × 2, whose numbers fit through it. */
  small: ({ layout, widths }) => ({ layout: `C|${layout}`, widths: [16, ...widths], patch: 2, fine: 0 }),
} satisfies Record<string, (of: Layout) => object>;
interface Layout {
  readonly layout: string;
  readonly widths: readonly number[];
}
type Unets = keyof typeof unets;

/** The networks. When UNets were coarse, DiT needed less to be as large. */
const networksOf = (how: Unets) => {
  const unetOf = (of: Layout) => ({ model: 'ascan-unet-nano', overrides: { ...unet, ...unets[how](of) } });
  const dit = how === 'coarse' ? { width: 52 } : { width: 56, mlpRatio: 4.25 };
  return {
    ascan: unetOf(layouts.ascan),
    symmetric: unetOf(layouts.symmetric),
    convolutions: unetOf(layouts.convolutions),
    dit: { model: 'dit-nano', overrides: { patch: 4, depth: 4, heads: 2, ...dit } },
  } as const;
};
const names = ['ascan', 'symmetric', 'convolutions', 'dit'] as const;
type Network = (typeof names)[number];
const folders = { 'x-sdd': 'x-sdd', clothing: 'clothing-128' } as const;

/** One network, trained and judged; times are of processors, in seconds. */
interface Compared {
  readonly name: string;
  readonly seed: number;
  readonly network: Network;
  readonly macs: number;
  readonly parameters: number;
  readonly epochs: number;
  readonly steps: number;
  readonly processor: number;
  readonly seconds: number;
  /** Denoising error on test pictures. */
  readonly loss: number;
  readonly frechet: number;
  readonly frechetReal: number;
  readonly precision: number;
  readonly recall: number;
  readonly coverage: number;
  readonly copies: number;
  /** Made pictures, and looks of the network at each. */
  readonly pictures: number;
  readonly evaluations: number;
  readonly machine: string;
  readonly date: string;
}

/** Multiply-adds of a look, each network's share of the first's. */
function checkAlike(how: Unets): void {
  const networks = networksOf(how);
  const macs = names.map((name) => {
    const { model, overrides } = networks[name];
    const { logits } = createDenoiser(model, { size: SIZE, classes: 7 }, overrides);
    return { name, macs: graphCost(graph({ logits }), { N: 1 }).macs };
  });
  for (const { name, macs: own } of macs) {
    const ratio = own / macs[0]!.macs;
    console.error(`${name}: ${(own / 1e6).toFixed(1)} M multiply-adds a look, ${ratio.toFixed(3)} of the first's`);
    check(Math.abs(ratio - 1) <= ALIKE, () => `${name} has ${ratio.toFixed(3)} of the first's multiply-adds`);
  }
}

interface Wanted {
  readonly data: keyof typeof folders;
  readonly network: Network;
  readonly seed: number;
  readonly norm: keyof typeof norms | undefined;
  readonly how: Unets;
}

/** How a network is trained; for how many epochs, the time says. */
function runOfNetwork({ data, network, seed, norm, how }: Wanted): Recipe['run'] {
  const { model, overrides } = networksOf(how)[network];
  return {
    ...{ data: join(shared, folders[data]), task: 'generate', model, overrides, size: SIZE },
    train: { batch: 16, lr: 1e-3, warmup: 1, ema: 0.998, threads: 1, evalEvery: 8, seed },
    taskOptions: { showEvery: 0 },
    ...(norm && { preprocessing: norms[norm] }),
  };
}

async function compared(wanted: Wanted, name: string, budget: number): Promise<void> {
  const { network, seed } = wanted;
  const out = runOf(name, seed);
  const { run, result, epochs, processor, seconds } = await trainedFor(budget, runOfNetwork(wanted), out);
  const making = { steps: 20, guidance: 2 };
  const { evaluation } = await evaluateRun(out, { split: 'test', making, threads: 1 });
  const { loss, made } = generateEvaluation.parse(evaluation);
  check(made, 'there are too few test pictures to compare with');
  const { frechet, frechetReal, precision, recall, coverage, copies, pictures, evaluations } = made;
  const done: Compared = {
    ...{ name, seed, network, macs: run.macs, parameters: run.parameters, epochs },
    ...{ steps: result.history.at(-1)!.step, processor, seconds, loss },
    ...{ frechet, frechetReal, precision, recall, coverage, copies, pictures, evaluations },
    ...{ machine: await machine(), date: new Date().toISOString() },
  };
  const log = new URL(`logs/${name}-${seed}.jsonl`, import.meta.url).pathname;
  await mkdir(join(log, '..'), { recursive: true });
  await copyFile(join(out, 'log.jsonl'), log);
  await writeSheet(out, join(out, 'sheet.png'), (all) => all.map((c, label) => ({ name: c, wish: { label } })), making);
  await record(FILE, done);
  console.log(JSON.stringify(done));
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    networks: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string', default: String(MINUTES) },
    norm: { type: 'string' },
    unets: { type: 'string', default: 'fine' },
    again: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
check(minutes > 0, () => `--minutes must be a number above 0, got '${values.minutes}'`);
const norm = values.norm === undefined ? undefined : oneOf('norm', values.norm, ['half'] as const);
const how = oneOf('way of UNets', values.unets, Object.keys(unets) as Unets[]);
checkAlike(how);
const all = Object.keys(folders) as (keyof typeof folders)[];
const wantedNetworks = (values.networks?.split(',') ?? names).map((name) => oneOf('network', name, names));
for (const data of positionals.length > 0 ? positionals.map((name) => oneOf('data set', name, all)) : all) {
  for (const seed of seedsOf(values.seeds, 3)) {
    for (const network of wantedNetworks) {
      const longer = minutes === MINUTES ? '' : `-${minutes}min`;
      const name = `${data}-made-${network}${norm ? `-${norm}` : ''}${how === 'fine' ? '' : `-${how}`}${longer}`;
      const known = (await recorded<Compared>(FILE)).some((r) => r.name === name && r.seed === seed);
      if (known && !values.again) continue;
      await compared({ data, network, seed, norm, how }, name, 60 * minutes).catch((error: unknown) =>
        console.error(`${name} ${seed}: ${messageOf(error)}`),
      );
    }
  }
}
