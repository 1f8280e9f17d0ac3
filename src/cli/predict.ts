import { Command } from 'commander';
import { check } from '../base/errors.ts';
import { plain, plainJson } from '../base/text/cells.ts';
import { percent } from '../base/text/percent.ts';
import { pagedTable } from '../base/text/table.ts';
import type { DriftReport } from '../exits/policy/monitor.ts';
import { drawer } from '../predict/node/drawer.ts';
import { openPredictor, type Prediction } from '../predict/node/predictor.ts';
import { type Device, devices } from '../runtime/node/open.ts';
import { tasks } from '../tasks/node/registry.ts';
import type { Answers } from '../tasks/node/task.ts';
import { choice, whole } from './arguments.ts';
import { isGiven } from './given.ts';
import { endWithReader, print } from './output.ts';
import { picturesAt } from './pictures-at.ts';
import { addSchemaOptions, pickOptions } from './schema-options.ts';

interface Flags {
  draw?: string;
  diff?: string;
  json?: boolean;
  top: number;
  batch: number;
  threads?: number;
  device: Device;
  explain?: boolean;
  early: boolean;
}

/** With --explain: the exits that the image came to, and where it left. */
const EXPLAINED = 'left at the last of';

/** `yosegi predict MODEL FILES`: what the images show. */
export function predictCommand(): Command {
  const command = new Command('predict')
    .description('say what images show')
    .argument('<model>', 'run folder or bundle; with --diff the backbone')
    .argument('<images...>', 'files, folders (searched through) or patterns such as "line3/*.jpg"')
    .option('--diff <folder>', 'a task that was learned beside the backbone (yosegi adapt)')
    .option('--json', 'one JSON object a line')
    .option('--top <n>', 'how many parts of an answer to show: classes, for a classifier', whole(1, 1000), 3)
    .option('--batch <n>', 'images at a time', whole(1, 1024), 16)
    .option('--threads <n>', 'threads inside one operator (default: all cores)', whole(1, 256))
    .addOption(choice('--device <name>', 'where to compute', [...devices]).default('auto'))
    .option('--explain', 'of a model with exits: at which exit each image left, and how sure each exit was')
    .option('--no-early', 'run every image to the end, whatever policy `yosegi exits` has stored')
    .option('--draw <folder>', 'also write each image with its answer drawn on it, as a PNG: boxes, masks');
  for (const { answering } of tasks) if (answering) addSchemaOptions(command, answering);
  return command.action(run);
}

/** How many rows, or how many milliseconds, the table waits for before it prints them: columns are as wide as the first rows ask for. */
const PAGE = { rows: 100, ms: 1000 };

async function run(model: string, patterns: string[], flags: Flags, command: Command): Promise<void> {
  endWithReader();
  const note = (message: string) => process.stderr.write(`${message}\n`);
  const files = await picturesAt(patterns, (path, what) => note(`skipped ${plain(path)}: ${plain(what)}`));
  const predictor = await openPredictor(model, {
    device: flags.device,
    threads: flags.threads,
    ...(flags.diff !== undefined && { diff: flags.diff }),
    early: flags.early,
    answering: answeringFlags(flags, command),
    onNotice: note,
  });
  const drawn = flags.draw === undefined ? undefined : await drawer(flags.draw, predictor);
  const explained = flags.explain ? [{ head: EXPLAINED, words: true }] : [];
  const columns = [{ head: 'file', words: true }, ...predictor.task.columns, ...explained];
  const left = columns.flatMap((c, i) => (c.words ? [i] : []));
  const page = pagedTable({ left, widest: flags.explain ? 120 : 60 });
  let rows: string[][] = flags.json ? [] : [columns.map((c) => c.head)];
  let printed = performance.now();
  const flush = async () => {
    await print(`${page(rows)}\n`);
    rows = [];
    printed = performance.now();
  };
  let all = 0;
  let failed = 0;
  try {
    check(
      !flags.explain || predictor.exits.length > 0,
      () => `${model} lets no image leave early: --explain needs a policy, which 'yosegi exits RUN' makes`,
    );
    for await (const p of predictor.predictFiles(files, flags.batch)) {
      all++;
      if (drawn && 'answer' in p) await drawn(p.file, p.answer);
      if ('error' in p) failed++;
      if (flags.json) await print(`${plainJson(shortened(p, flags, predictor.task))}\n`);
      else rows.push(row(p, flags, predictor.task));
      if (rows.length >= PAGE.rows || (rows.length > 0 && performance.now() - printed > PAGE.ms)) await flush();
    }
    if (rows.length > 0) await flush();
    warnOfDrift(predictor.drift());
  } finally {
    await predictor.close();
  }
  if (failed > 0) note(`${failed} of ${all} files have no answer`);
  if (failed === all) process.exitCode = 1;
}

/** Options of answers that stand on the command line; the defaults are each task's own. */
function answeringFlags(flags: Flags, command: Command): Record<string, unknown> {
  const all = tasks.flatMap(({ answering }) => (answering ? [pickOptions(answering, flags)] : []));
  const given = Object.entries(Object.assign({}, ...all));
  return Object.fromEntries(given.filter(([name]) => isGiven(command)(name)));
}

function shortened(p: Prediction, { top, explain }: Flags, task: Answers): object {
  if ('error' in p) return p;
  const answer = task.shortened(p.answer, top);
  return { file: p.file, ...(typeof answer === 'object' && answer), ...(explain && p.left && { left: p.left }) };
}

function row(p: Prediction, { top, explain }: Flags, task: Answers): string[] {
  const cells = task.columns.length;
  if ('error' in p) return [p.file, ...Array.from({ length: cells - 1 }, () => '–'), p.error];
  const passed = explain ? (p.left?.passed ?? []) : [];
  const left = passed.map((e) => `${e.exit} ${percent(e.confidence, 0)}`).join(' → ');
  return [p.file, ...task.row(p.answer, top), ...(explain ? [left] : [])];
}

/** Says so when images leave otherwise than at calibration. */
function warnOfDrift(report: DriftReport | undefined): void {
  if (report?.state !== 'drifted') return;
  const list = (shares: readonly number[]) => shares.map((s) => percent(s, 0)).join(', ');
  process.stderr.write(
    `these images are not like those of the calibration: of the last ${report.images}, ${list(report.shares)} left at the exits, ` +
      `then ${list(report.calibrated)}. Look at the camera and the light; 'yosegi exits' calibrates anew\n`,
  );
}
