/**
 * Fine-tunes the same network on the same images with yosegi and (bench/quality/peer.py) with PyTorch, and compares what they know of images
 * that they have not seen. Usage:
 *   npx tsx bench/quality.ts split    writes bench/quality/splits/, for the other side
 *   npx tsx bench/quality.ts train    trains our side; writes bench/quality/ours.json
 *   npx tsx bench/quality.ts table    writes both sides (ours.json, peer.json) into bench/RESULTS.md
 * the first two with [--sets x-sdd,clothing-128] [--seeds 0,1,2].
 * The images and weights lie in YOSEGI_SHARED (default ../shared/data).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, oneOf } from '../src/base/errors.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { type Outcomes, outcomeOf, outcomesSchema, writeSplitFor } from './quality/ours.ts';
import { recipe } from './quality/recipe.ts';
import { qualityText, readPeer, writeQuality } from './quality/table.ts';
import { root } from './venv.ts';

const shared = process.env.YOSEGI_SHARED ?? resolve(root, '../shared/data');
const at = (path: string) => join(root, 'bench/quality', path);

const read = (file: string): Outcomes =>
  existsSync(file) ? outcomesSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : { about: '', runs: [] };

async function trainOurs(sets: readonly string[], seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    for (const set of sets) {
      const out = join(tmpdir(), 'yosegi-quality', `${set}-${seed}`);
      const outcome = await outcomeOf(shared, out, set, seed);
      console.log(JSON.stringify(outcome));
      const others = read(at('ours.json')).runs.filter((o) => o.set !== set || o.seed !== seed);
      const { runtime, cpu, cores } = describeMachine(await nativeRuntime());
      const about = `${runtime}, ${cpu} with ${cores} cores`;
      writeFileSync(at('ours.json'), `${JSON.stringify({ about, runs: [...others, outcome] }, null, 1)}\n`);
    }
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sets: { type: 'string' }, seeds: { type: 'string', default: '0,1,2' } },
  });
  const sets = values.sets?.split(',') ?? Object.keys(recipe.sets);
  for (const set of sets) oneOf('set', set, Object.keys(recipe.sets));
  const seeds = values.seeds.split(',').map(Number);
  const command = oneOf('command', positionals[0] ?? '', ['split', 'train', 'table'] as const);
  if (command === 'train') return trainOurs(sets, seeds);
  if (command === 'table') {
    return writeQuality(join(root, 'bench/RESULTS.md'), qualityText(read(at('ours.json')), readPeer(at('peer.json'))));
  }
  for (const set of sets) {
    for (const seed of seeds) await writeSplitFor(shared, set, seed, at(`splits/${set}-${seed}.json`));
  }
}

main().catch((error) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
