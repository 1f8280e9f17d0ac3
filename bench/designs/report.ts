import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { markdownTable } from '../../src/base/text/table.ts';
import { percentile } from '../../src/measure/percentile.ts';
import { type Choice, choicesOf, type Design, keyOf } from '../../src/search/space.ts';
import { hypervolumes, type Known, known } from './objective.ts';
import { spearman } from './rank.ts';
import { generatorAlone, type Searcher, withInquisitor } from './replay.ts';
import { space } from './space.ts';
import { accuracyOf, type Row, readRows } from './table.ts';
import type { Place } from './train.ts';

const SEEDS = 20;
const searchers: Readonly<Record<string, Searcher>> = {
  random: generatorAlone('random'),
  evolution: generatorAlone('evolution'),
  TPE: generatorAlone('tpe'),
  learned: generatorAlone('learned'),
  'learned, with the inquisitor': withInquisitor('learned'),
  'random, with the inquisitor': withInquisitor('random'),
};

/** Trainings of the same designs that take less: their table, and how long each is. */
type Early = Pick<Place, 'epochs' | 'rounds'> & { readonly table: string };

/**
 * Rank correlations, also of what `early` trainings say, and replays of a table, as Markdown. `python` has Optuna; without it Optuna is left
 * out.
 */
export async function reported(name: string, early: readonly Early[], python?: string): Promise<string> {
  const all = await readRows(name);
  const rows = all.filter((r) => r.seed === 0);
  if (rows.length < 3) return `${name}: ${rows.length} designs`;
  const head = `${name}: ${rows.length} designs, accuracy ${share(Math.min(...rows.map(accuracyOf)))} to ${share(Math.max(...rows.map(accuracyOf)))}, ${Math.min(...rows.map((r) => r.ms)).toFixed(3)} to ${Math.max(...rows.map((r) => r.ms)).toFixed(3)} ms`;
  return [
    head,
    proxies(rows, all, await Promise.all(early.map(foretold))),
    replayed(choicesWithin(rows), known(rows), python),
  ].join('\n\n');
}

const share = (x: number) => `${(100 * x).toFixed(1)} %`;

/** What an early training says of each design, and in words what that is. */
async function foretold({ table, epochs, rounds }: Early): Promise<readonly [string, ReadonlyMap<string, number>]> {
  const rows = await readRows(table);
  const what =
    rounds === undefined
      ? `a training of ${epochs} epochs with a schedule of its own`
      : `${epochs} epoch after ${rounds} of weights that all designs share`;
  const seconds = percentile(
    rows.map((r) => r.processor),
    50,
  );
  return [
    `accuracy after ${what} (${seconds.toFixed(0)} s of a core each)`,
    new Map(rows.filter((r) => r.seed === 0).map((r) => [keyOf(r.design), accuracyOf(r)])),
  ];
}

/** How well each sign of a design, known before or early in its training, ranks the designs as the whole training does. */
function proxies(
  rows: readonly Row[],
  all: readonly Row[],
  early: readonly (readonly [string, ReadonlyMap<string, number>])[],
): string {
  const truth = rows.map(accuracyOf);
  const epochs = rows[0]!.val.length;
  const signs: [string, readonly number[]][] = [
    ['parameters', rows.map((r) => r.parameters)],
    ['multiply-adds', rows.map((r) => r.macs)],
    ['ms', rows.map((r) => r.ms)],
    ['gradient norm', rows.map((r) => r.gradientNorm)],
    ['SNIP', rows.map((r) => r.snip)],
    ['SynFlow', rows.map((r) => r.synflow)],
    ...[1, 2, 3, 6, 12, 20, 40, 60]
      .filter((e) => e <= epochs)
      .map((e): [string, readonly number[]] => [`val after ${e} of ${epochs} epochs`, rows.map((r) => r.val[e - 1]!)]),
    ['test alone, at the end', rows.map((r) => r.test)],
  ];
  for (const [what, of] of early) {
    const known = rows.filter((r) => of.has(keyOf(r.design)));
    // Where not every design was trained so, the rest says nothing here.
    if (known.length === rows.length) signs.push([what, known.map((r) => of.get(keyOf(r.design))!)]);
  }
  const again = rows.flatMap((r) => {
    const other = all.find((o) => o.seed === 1 && String(o.design) === String(r.design));
    return other ? [[accuracyOf(r), accuracyOf(other)] as const] : [];
  });
  if (again.length > 2)
    signs.push([`the whole training with another seed (${again.length} designs)`, again.map(([, b]) => b)]);
  return markdownTable([
    ['known', 'rank correlation with accuracy at the end'],
    ...signs.map(([what, values]) => [
      what,
      spearman(values, values.length === truth.length ? truth : again.map(([a]) => a)).toFixed(2),
    ]),
  ]);
}

/** The choices of the table so far: a half of the space where nothing of the other one is trained. */
const choicesWithin = (rows: readonly Row[]): Choice[] =>
  choicesOf(space).map((c, i) => {
    const last = Math.max(...rows.map(({ design }) => design[i]!));
    return { ...c, values: c.values.slice(0, last + 1) };
  });

function replayed(choices: readonly Choice[], objective: Known, python?: string): string {
  const most = objective.designs.length;
  // Half of all designs: what random finds with more is found by trying everything.
  const end = Math.floor(most / 2);
  const curves = new Map<string, number[][]>();
  for (const [who, searcher] of Object.entries(searchers))
    curves.set(
      who,
      Array.from({ length: SEEDS }, (_, seed) => hypervolumes(searcher(choices, objective, seed, end), objective)),
    );
  for (const [who, orders] of Object.entries(python ? optuna(python, choices, objective, end) : {}))
    curves.set(
      who,
      orders.map((order) => hypervolumes(order, objective)),
    );
  const at = [4, 8, 12, 18, 24, end].filter((n, i, all) => n <= end && all.indexOf(n) === i);
  const medianAt = (who: string, n: number) =>
    percentile(
      curves.get(who)!.map((c) => c[Math.min(n, c.length) - 1]!),
      50,
    );
  const goal = medianAt('random', end);
  const reaches = (who: string) => {
    const n = Array.from({ length: end }, (_, i) => i + 1).find((i) => medianAt(who, i) >= goal);
    return n === undefined ? '–' : `${n} (${(n / end).toFixed(2)})`;
  };
  const cell = (who: string, n: number) => {
    const values = curves.get(who)!.map((c) => c[Math.min(n, c.length) - 1]!);
    const [low, middle, high] = [25, 50, 75].map((p) => (100 * percentile(values, p)).toFixed(0));
    return `${middle} (${low}–${high})`;
  };
  return [
    `Hypervolume in % of all ${most} designs', ${SEEDS} seeds: median (quartiles); last, evaluations until the median is random's after ${end} (${(100 * goal).toFixed(1)} %), and as a share of them.`,
    markdownTable([
      ['evaluations', ...at.map(String), `reaches random's ${end}`],
      ...[...curves.keys()].map((who) => [who, ...at.map((n) => cell(who, n)), reaches(who)]),
    ]),
  ].join('\n\n');
}

const ordersSchema = z.record(z.string(), z.array(z.array(z.array(z.int()))));

/** What Optuna's samplers asked for on the same table: designs in order, each once, for each seed. */
function optuna(
  python: string,
  choices: readonly Choice[],
  objective: Known,
  most: number,
): Record<string, Design[][]> {
  if (!existsSync(python)) throw new Error(`there is no ${python}: python3 -m venv, and pip install optuna in it`);
  const table = objective.designs.map((design) => {
    const { accuracy, ms } = objective.trial(design, 0);
    return { design, accuracy, ms };
  });
  const input = JSON.stringify({ seeds: SEEDS, most, values: choices.map(({ values }) => values.length), table });
  const told = execFileSync(python, [join(import.meta.dirname, 'optuna_replay.py')], {
    input,
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: 1e9,
  });
  return ordersSchema.parse(JSON.parse(String(told)));
}
