/**
 * A benchmark of our own for searchers: every design of a small space (bench/designs/space.ts) trained to the end, as a table on which any
 * searcher is replayed for nothing.
 * Usage: npx tsx bench/designs.ts time [rounds]     milliseconds of every design
 *        npx tsx bench/designs.ts x-sdd|clothing [designs, default all] [seed, default 0]
 *        npx tsx bench/designs.ts x-sdd-short|clothing-short|x-sdd-shared …   few epochs; one epoch after many of weights that all designs share
 *        npx tsx bench/designs.ts report [python]   rank correlations, and searchers replayed; Optuna's too where a Python has it
 * What is trained is on the disk at once; after a kill the rest goes on. Clothing's pictures lie in YOSEGI_SHARED (default ../shared/data).
 */
import { join, resolve } from 'node:path';
import { duration } from '../src/base/text/numbers.ts';
import { keyOf } from '../src/search/space.ts';
import { reported } from './designs/report.ts';
import { sharedOf } from './designs/shared.ts';
import { inOrder } from './designs/space.ts';
import { accuracyOf, readRows, writeRows } from './designs/table.ts';
import { msOf, readTimes, timeAll } from './designs/times.ts';
import { type Place, trainerOf } from './designs/train.ts';

const root = resolve(import.meta.dirname, '..');
const shared = process.env.YOSEGI_SHARED ?? resolve(root, '../shared/data');
const steel = { folder: join(root, 'demo/data/x-sdd'), valFraction: 0.2 };
const clothing = { folder: join(shared, 'clothing-128'), valFraction: 0.1 };
/** Each data set to the end; and what a search could do before that: few epochs with a schedule of their own, or from shared weights. */
const places: Readonly<Record<string, Place>> = {
  'x-sdd': { ...steel, epochs: 60 },
  'x-sdd-short': { ...steel, epochs: 6, foretells: 'x-sdd' },
  'x-sdd-shared': { ...steel, epochs: 1, rounds: 80, foretells: 'x-sdd' },
  clothing: { ...clothing, epochs: 12 },
  'clothing-short': { ...clothing, epochs: 3, foretells: 'clothing' },
};

const [what = '', count, seed = '0'] = process.argv.slice(2);
if (what === 'time') await timed(Number(count ?? 3));
else if (places[what]) await fill(what, places[what], Number(count ?? Number.POSITIVE_INFINITY), Number(seed));
else if (what === 'report') await report(count);
else throw new Error(`what? time, ${Object.keys(places).join(', ')} or report`);

async function report(python?: string): Promise<void> {
  const all = Object.entries(places);
  for (const [name] of all.filter(([, { foretells }]) => foretells === undefined)) {
    const early = all.filter(([, { foretells }]) => foretells === name).map(([table, place]) => ({ table, ...place }));
    console.log(`${await reported(name, early, python)}\n`);
  }
}

/** Times all designs, and puts what is the least now into the tables. */
async function timed(rounds: number): Promise<void> {
  const times = await timeAll(rounds);
  for (const name of Object.keys(places)) {
    const rows = await readRows(name);
    if (rows.length > 0)
      await writeRows(
        name,
        rows.map((row) => ({ ...row, ms: msOf(times, row.design) })),
      );
  }
}

async function fill(name: string, place: Place, most: number, seed: number): Promise<void> {
  const times = await readTimes();
  if (!times) throw new Error('first: npx tsx bench/designs.ts time');
  const rows = await readRows(name);
  const done = new Set(rows.map((r) => `${keyOf(r.design)}/${r.seed}`));
  const left = inOrder()
    .slice(0, most)
    .filter((design) => !done.has(`${keyOf(design)}/${seed}`));
  const trainer = await trainerOf(place);
  const begun = place.rounds === undefined ? {} : await sharedOf(trainer, inOrder().slice(0, most), place.rounds);
  const start = performance.now();
  for (const [i, design] of left.entries()) {
    const row = {
      ...(await trainer.trained(design, { epochs: place.epochs, seed, ...begun })),
      ms: msOf(times, design),
    };
    rows.push(row);
    await writeRows(name, rows);
    const spent = (performance.now() - start) / 1000;
    const rate = (3600 * (i + 1)) / spent;
    const eta = duration((spent / (i + 1)) * (left.length - i - 1));
    console.error(
      `${name} ${keyOf(design)}: ${(100 * accuracyOf(row)).toFixed(1)} %, ${row.ms} ms, ${row.processor} s of a core | ${rows.length} designs, ${rate.toFixed(0)} an hour, ${eta} left`,
    );
  }
  await trainer.close();
}
