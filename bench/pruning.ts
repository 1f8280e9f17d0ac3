import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { oneOf } from '../src/base/errors.ts';
import { f32, sizeOf } from '../src/base/tensor.ts';
import { deployedModel } from '../src/bundle/node/models.ts';
import { interleave } from '../src/measure/interleave.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { percentile } from '../src/measure/percentile.ts';
import { pruneRun } from '../src/prune/node/prune-run.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { loadRun } from '../src/run/node/run-folder.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { recipe, startOf, type WayName, ways } from './pruning/recipe.ts';
import { type Peer, peerSchema, type Results, resultsSchema, tableOf } from './pruning/results.ts';
import { writeSplitFor } from './quality/ours.ts';
import { root } from './venv.ts';

/**
 * Whole channels taken out of the same trained networks by yosegi and by torch-pruning (bench/pruning/peer.py): half of the multiply-adds, the same
 * pictures and steps to recover. Each command goes on where it was stopped; --work DIR (default: /tmp/yosegi-pruning) holds the networks.
 *   npx tsx bench/pruning.ts start    trains the dense networks, one a seed
 *   npx tsx bench/pruning.ts ours     prunes and recovers them
 *   VENV/bin/python bench/pruning/peer.py --work DIR
 *   npx tsx bench/pruning.ts report   writes bench/pruning/results.json, and prints its table
 *   npx tsx bench/pruning.ts time     times both sides' networks in turns first (to be called on a quiet machine)
 */
const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: { work: { type: 'string', default: '/tmp/yosegi-pruning' }, seeds: { type: 'string', default: '0' } },
});
const seeds = o.seeds.split(',').map(Number);
const shared = process.env.YOSEGI_SHARED ?? resolve(root, '../shared/data');
const at = (name: string) => join(o.work, name);
const results = join(root, 'bench/pruning/results.json');
mkdirSync(o.work, { recursive: true });
writeFileSync(at('recipe.json'), JSON.stringify(recipe));

const read = (): Results =>
  existsSync(at('ours.json'))
    ? resultsSchema.parse(JSON.parse(readFileSync(at('ours.json'), 'utf8')))
    : { about: '', versions: {}, starts: [], ours: [], peer: [], times: [] };
const write = (r: Results) => writeFileSync(at('ours.json'), `${JSON.stringify(r, null, 1)}\n`);

async function start(): Promise<void> {
  for (const seed of seeds) {
    if (read().starts.some((s) => s.seed === seed)) continue;
    const out = at(`start-${seed}`);
    const data = join(shared, recipe.set);
    await trainRun({ ...startOf(seed), data, weights: 'box:mobilenetv2-imagenet', out, force: true });
    await writeSplitFor(shared, recipe.set, seed, at(`split-${seed}.json`));
    const split = JSON.parse(readFileSync(at(`split-${seed}.json`), 'utf8'));
    writeFileSync(at(`split-${seed}.json`), JSON.stringify({ ...split, data }));
    const { figures } = await evaluateRun(out, { split: 'test' });
    const r = read();
    write({ ...r, starts: [...r.starts, { seed, accuracy: figures.accuracy! }] });
    console.log(seed, figures.accuracy);
  }
}

async function ours(): Promise<void> {
  for (const seed of seeds)
    for (const [way, options] of Object.entries(ways)) {
      if (read().ours.some((r) => r.way === way && r.seed === seed)) continue;
      const out = at(`ours-${way}-${seed}`);
      const used = process.cpuUsage();
      const { epochs, macs } = recipe;
      const done = await pruneRun({
        ...{ run: at(`start-${seed}`), out, target: { macs }, steps: 1, epochs, force: true },
        ...options,
      });
      const { user, system } = process.cpuUsage(used);
      const { figures } = await evaluateRun(out, { split: 'test' });
      const { before, after } = done;
      const processor = Math.round((user + system) / 1e6);
      const one = { way: way as WayName, seed, accuracy: figures.accuracy!, before: before.macs, macs: after.macs };
      const r = read();
      write({ ...r, ours: [...r.ours, { ...one, parameters: after.parameters, processor }] });
      console.log(JSON.stringify(read().ours.at(-1)));
    }
}

const peerRuns = (): Peer => peerSchema.parse(JSON.parse(readFileSync(at('peer.json'), 'utf8')));

/** Every network's file as its side ships it, in one runtime, one thread, batch 1, in turns. */
async function time(): Promise<void> {
  const load = loadavg();
  const runtime = await nativeRuntime();
  const files: { way: string; side: 'ours' | 'peer'; seed: number; file: Uint8Array }[] = [];
  for (const seed of seeds) {
    files.push({ way: '', side: 'ours', seed, file: deployedModel(await loadRun(at(`start-${seed}`))) });
    files.push({ way: '', side: 'peer', seed, file: readFileSync(at(`peer-whole-${seed}.onnx`)) });
    for (const way of Object.keys(ways)) {
      files.push({ way, side: 'ours', seed, file: deployedModel(await loadRun(at(`ours-${way}-${seed}`))) });
      files.push({ way, side: 'peer', seed, file: readFileSync(at(`peer-${way}-${seed}.onnx`)) });
    }
  }
  const shape = [1, 3, recipe.size, recipe.size];
  const picture = f32(shape, new Float32Array(sizeOf(shape)).fill(0.5));
  const programs = [];
  for (const { file } of files) programs.push(await runtime.load(file, { threads: 1, idle: 'sleep' }));
  const probes = programs.map((p) => ({ run: () => p.run({ [p.inputs[0]!]: picture }) }));
  const times = await interleave(probes, { seconds: 4, runs: 2000, warmup: 20 });
  for (const p of programs) await p.close();
  const { runtime: name, cpu, cores } = describeMachine(runtime);
  const about =
    `${cpu}, ${cores} cores; ${name}, one thread, batch 1; load before ${load.map((v) => v.toFixed(1)).join(', ')}, ` +
    `after ${loadavg()[0]!.toFixed(1)}`;
  write({
    ...read(),
    about,
    times: files.map(({ way, side, seed }, i) => ({ way, side, seed, ms: percentile(times[i]!, 50) })),
  });
  report();
}

/** Writes what is known into bench/pruning/results.json, and prints its table. */
function report(): void {
  const { about, runs } = peerRuns();
  const all: Results = { ...read(), peer: runs, versions: about };
  writeFileSync(results, `${JSON.stringify(all, null, 1)}\n`);
  console.log(`${all.about}\n\n${tableOf(all)}`);
}

const commands = { start, ours, time, report };
const command = positionals[0] ?? '';
oneOf('command', command, Object.keys(commands));
await commands[command as keyof typeof commands]();
