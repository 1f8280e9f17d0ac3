import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { exportBundle } from '../src/bundle/node/export.ts';
import { openDiff, readDiff } from '../src/diffs/node/read-diff.ts';
import { writeDiff } from '../src/diffs/node/write-diff.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { logTo } from './carry-out.ts';

/**
 * `npx tsx recipes/storage.ts`: what forty tasks take on disk and on the wire, as one backbone with forty diffs and as forty models. A task is to tell
 * two to seven kinds of X-SDD apart; one of each is made, learned for one epoch at 32 pixels from a few pictures, as the sizes of files hang on nothing
 * else, and counted in turns until there are forty. Zipped: each file by gzip, level 9. Writes recipes/storage.json.
 */
const BOX = 'box:mobilenetv2-imagenet';
const TASKS = 40;
/** Numbers of kinds that tasks have: 2 to 7. */
const KINDS = 6;
const root = new URL('..', import.meta.url).pathname;
const place = join(tmpdir(), 'yosegi-recipes', 'storage');

interface Bytes {
  readonly plain: number;
  readonly zipped: number;
}

/** Of all files of a folder, or of those named. */
async function bytesOf(folder: string, files?: readonly string[]): Promise<Bytes> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  let [plain, zipped] = [0, 0];
  for (const entry of found) {
    if (!entry.isFile() || (files && !files.includes(entry.name))) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    plain += bytes.length;
    zipped += gzipSync(bytes, { level: 9 }).length;
  }
  return { plain, zipped };
}

const sum = (all: readonly Bytes[]): Bytes =>
  all.reduce((a, b) => ({ plain: a.plain + b.plain, zipped: a.zipped + b.zipped }), { plain: 0, zipped: 0 });

/** A folder with two pictures of some kinds. */
async function picturesOf(task: number): Promise<string> {
  const from = join(root, 'demo/data/x-sdd');
  const { classes, train } = JSON.parse(await readFile(join(from, 'split.json'), 'utf8')) as Record<string, string[]>;
  const folder = join(place, 'pictures');
  await rm(folder, { recursive: true, force: true });
  for (const kind of classes!.slice(0, 2 + (task % KINDS))) {
    await mkdir(join(folder, kind), { recursive: true });
    for (const file of train!.filter((f) => f.startsWith(`${kind}/`)).slice(0, 2))
      await cp(join(from, 'images', file), join(folder, kind, basename(file)));
  }
  return folder;
}

const runtime = await nativeRuntime();
const [diffs, models]: [Bytes[], Bytes[]] = [[], []];
for (let task = 0; task < KINDS; task++) {
  const [run, diff, bundle] = ['run', 'diff', 'bundle'].map((name) => join(place, name)) as [string, string, string];
  await trainRun({
    data: await picturesOf(task),
    out: run,
    weights: BOX,
    size: 32,
    valFraction: 0,
    testFraction: 0,
    force: true,
    train: { epochs: 1, batch: 4, lr: 1e-3, warmup: 0, seed: task },
    adapters: {},
  });
  await writeDiff(run, diff, { weights: BOX, force: true });
  diffs.push(await bytesOf(diff));
  await exportBundle({ run: await openDiff(BOX, await readDiff(diff)), out: bundle, force: true, runtime });
  models.push(await bytesOf(bundle, ['model.onnx']));
  console.error(`${task + 2} kinds: diff ${diffs.at(-1)!.plain}, model ${models.at(-1)!.plain}`);
}
/** Forty tasks: those that were made, in turns. */
const forty = (made: readonly Bytes[]) => sum(Array.from({ length: TASKS }, (_, i) => made[i % KINDS]!));
await runtime.close();
const box = join(root, 'box/mobilenetv2-imagenet');
const backbone = await bytesOf(box, ['backbone.safetensors']);
const table = {
  'the backbone (half precision)': backbone,
  [`${TASKS} diffs`]: forty(diffs),
  [`the backbone and ${TASKS} diffs`]: sum([backbone, forty(diffs)]),
  [`${TASKS} models (model.onnx alone)`]: forty(models),
  'an update of one task: a diff (mean)': { plain: forty(diffs).plain / TASKS, zipped: forty(diffs).zipped / TASKS },
  'an update of one task: a model (mean)': { plain: forty(models).plain / TASKS, zipped: forty(models).zipped / TASKS },
};
await rm(place, { recursive: true, force: true });
await logTo('storage.json', { date: new Date().toISOString(), table });
const mb = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
for (const [what, { plain, zipped }] of Object.entries(table))
  console.log(`| ${what} | ${mb(plain)} | ${mb(zipped)} |`);
