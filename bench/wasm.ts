/**
 * `npx tsx bench/wasm.ts [--peers DIR] [options]`: training steps and inference on WebAssembly in a headless Chromium, with one and two threads, beside the native
 * library, TensorFlow.js and jax-js. The peers are no dependencies of this project: once, `npm install --prefix DIR --ignore-scripts @tensorflow/tfjs@4.22.0
 * @tensorflow/tfjs-backend-wasm@4.22.0 @jax-js/jax@0.1.25`.
 *   --rounds n      turns of every side (default 7)
 *   --only "plain train,nano infer"  some kinds of work only
 *   --busy          races although other work keeps the machine busy; the results are marked as disturbed
 *   --out FILE      where the section goes (default bench/RESULTS.md when everything is raced, the peers too, on a quiet machine; else nowhere)
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { check, messageOf, oneOf } from '../src/base/errors.ts';
import { decodeImage } from '../src/data/node/decode.ts';
import { preprocess, preprocessing } from '../src/data/preprocess.ts';
import { graph } from '../src/graph/graph.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { initialValues } from '../src/nn/init.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { findChromium } from '../src/runtime/web/testing/chromium.ts';
import { writeResults } from './document.ts';
import { checkQuiet, disturbedText, shown } from './load.ts';
import { type Given, plainNetwork, SIZE, sent } from './wasm/network.ts';
import { type Work, works } from './wasm/ours.ts';
import { race } from './wasm/race.ts';
import { contenders, pathOf } from './wasm/sides.ts';
import { openPages, peerVersions } from './wasm/site.ts';
import { type WasmResults, wasmText } from './wasm/text.ts';

/** Pictures in a batch; one that lets the slowest side end within seconds, and the one that ascan-nano is raced with elsewhere. */
const batches: Readonly<Record<string, number>> = { plain: 8, nano: 32 };
const batchOf = (work: Work) => batches[work.split(' ')[0]!]!;
const root = resolve(import.meta.dirname, '..');
const photographs = join(root, 'demo/data/x-sdd');
const note = (text: string) => console.error(text);

/** The first pictures to train on, one class after the other, and first weights of the plain network. */
async function given(batch: number): Promise<Given> {
  const split = z
    .object({ classes: z.array(z.string()), train: z.array(z.string()) })
    .parse(JSON.parse(await readFile(join(photographs, 'split.json'), 'utf8')));
  const of = split.classes.map((name) => split.train.filter((file) => file.includes(`${name}/`)));
  const files = Array.from({ length: batch }, (_, i) => of[i % of.length]![Math.floor(i / of.length)]!);
  const pictures = await Promise.all(
    files.map((f) => decodeImage(join(photographs, 'images', f.replace(/^images\//, '')))),
  );
  return {
    image: preprocess(pictures, preprocessing({ size: SIZE, cropMode: 'squash', interpolation: 'bilinear' })),
    labels: files.map((_, i) => i % of.length),
    weights: initialValues(graph({ logits: plainNetwork().logits }), 0),
  };
}

async function main(): Promise<void> {
  const { values: o } = parseArgs({
    options: {
      peers: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      only: { type: 'string' },
      busy: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const rounds = Number(o.rounds);
  check(Number.isInteger(rounds) && rounds >= 1, () => `--rounds must be a whole number above 0, got '${o.rounds}'`);
  const wanted = o.only?.split(',').map((w) => oneOf('kind of work', w.trim(), works)) ?? works;
  const [before, cores] = [loadavg(), availableParallelism()];
  checkQuiet(before, cores, o.busy);
  const executablePath = findChromium('bench/wasm.ts');
  check(executablePath, 'a Chromium is needed: install it, or set CHROME_PATH to one');
  const versions = o.peers === undefined ? new Map<string, undefined>() : await peerVersions(o.peers);
  const missing = [...versions].flatMap(([name, version]) => (version === undefined ? [name] : []));
  check(
    missing.length === 0,
    () =>
      `${o.peers} lacks ${missing.join(', ')}: npm install --prefix ${o.peers} --ignore-scripts ${missing.join(' ')}`,
  );
  if (!o.peers)
    note('without --peers DIR TensorFlow.js and jax-js are not raced (the first lines of bench/wasm.ts say how)');
  const things = new Map<string, Given>();
  for (const work of wanted) things.set(pathOf(work), await given(batchOf(work)));
  const numbers = new Map([...things].map(([path, own]) => [path, sent(own, path).numbers]));
  const pages = await openPages(executablePath, (path) => numbers.get(path), o.peers);
  const started = `${new Date().toISOString()}, load average ${shown(before)}`;
  const runtimes = [await nativeRuntime({ threads: 1 }), await nativeRuntime({ threads: 2 })];
  const races: WasmResults['races'][number][] = [];
  try {
    for (const work of wanted) {
      note(work);
      const all = contenders(work, things.get(pathOf(work))!, { runtimes, pages, peers: o.peers !== undefined });
      races.push({ work, batch: batchOf(work), race: await race(all, rounds, note) });
    }
  } finally {
    await pages.close();
  }
  const after = loadavg();
  const { cpu, memoryGiB, os, node, runtime } = describeMachine(runtimes[0]!);
  const warning = disturbedText({ before, after, cores });
  const wheres = new Set(races.flatMap(({ race: r }) => r.entries.map((e) => e.where.replace(/, \d threads?$/, ''))));
  const facts: WasmResults['facts'] = [
    ['machine', `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}`],
    ['native', `${runtime}, Node ${node}`],
    ['browser', `Chromium ${pages.version}, headless`],
    ['sides', [...wheres].join('; ')],
    ...(o.peers ? [['peers', [...versions].map(([n, v]) => `${n} ${v}`).join(', ')] as const] : []),
    ['rounds', `${rounds}, in turns`],
    ['started', started],
    ['ended', `${new Date().toISOString()}, load average ${shown(after)} (the bench itself keeps ${cores} cores busy)`],
  ];
  const text = wasmText({ facts, warning, races });
  console.log(text);
  const whole = o.peers !== undefined && o.only === undefined && !o.busy;
  const out = o.out ?? (whole ? join(root, 'bench/RESULTS.md') : undefined);
  if (out) writeResults(out, { wasm: text });
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(messageOf(error));
    process.exit(1);
  },
);
