import { Command } from 'commander';
import { check } from '../base/errors.ts';
import { plain, plainJson } from '../base/text/cells.ts';
import { percent } from '../base/text/percent.ts';
import { pagedTable } from '../base/text/table.ts';
import type { DriftReport } from '../exits/monitor.ts';
import { openPredictor, type Prediction } from '../predict/node/predictor.ts';
import { type Device, devices } from '../runtime/node/open.ts';
import { choice, whole } from './arguments.ts';
import { endWithReader, print } from './output.ts';
import { picturesAt } from './pictures-at.ts';

interface Flags {
  json?: boolean;
  top: number;
  batch: number;
  threads?: number;
  device: Device;
  explain?: boolean;
  early: boolean;
}

const head = ['file', 'class', 'sure', 'others'];
/** With --explain: the exits that the image came to, and where it left. */
const EXPLAINED = 'left at the last of';

/** `yosegi predict MODEL FILES`: what the images show. */
export function predictCommand(): Command {
  return new Command('predict')
    .description('classify image files')
    .argument('<model>', 'run folder or bundle')
    .argument('<images...>', 'files, folders (searched through) or patterns such as "line3/*.jpg"')
    .option('--json', 'one JSON object a line')
    .option('--top <n>', 'how many classes to show', whole(1, 1000), 3)
    .option('--batch <n>', 'images at a time', whole(1, 1024), 16)
    .option('--threads <n>', 'threads inside one operator (default: all cores)', whole(1, 256))
    .addOption(choice('--device <name>', 'where to compute', [...devices]).default('auto'))
    .option('--explain', 'of a model with exits: at which exit each image left, and how sure each exit was')
    .option('--no-early', 'run every image to the end, whatever policy `yosegi exits` has stored')
    .action(run);
}

/** How many rows, or how many milliseconds, the table waits for before it prints them: columns are as wide as the first rows ask for. */
const PAGE = { rows: 100, ms: 1000 };

async function run(model: string, patterns: string[], flags: Flags): Promise<void> {
  endWithReader();
  const note = (message: string) => process.stderr.write(`${message}\n`);
  const files = await picturesAt(patterns, (path, what) => note(`skipped ${plain(path)}: ${plain(what)}`));
  const predictor = await openPredictor(model, {
    device: flags.device,
    threads: flags.threads,
    early: flags.early,
    onNotice: note,
  });
  const page = pagedTable({ left: [0, 1, 3, 4], widest: flags.explain ? 120 : 60 });
  let rows: string[][] = [flags.explain ? [...head, EXPLAINED] : head];
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
      if ('error' in p) failed++;
      if (flags.json) await print(`${plainJson(shortened(p, flags))}\n`);
      else rows.push(row(p, flags));
      if (rows.length >= PAGE.rows || (rows.length > 0 && performance.now() - printed > PAGE.ms)) await flush();
    }
    if (rows.length > 0) await flush();
    warnOfDrift(predictor.drift());
  } finally {
    await predictor.close();
  }
  if (failed > 0) note(`${failed} of ${all} files could not be read`);
  if (failed === all) process.exitCode = 1;
}

function shortened(p: Prediction, { top, explain }: Flags): Prediction {
  if ('error' in p) return p;
  return { file: p.file, ranked: p.ranked.slice(0, top), ...(explain && p.left && { left: p.left }) };
}

function row(p: Prediction, { top, explain }: Flags): string[] {
  if ('error' in p) return [p.file, '–', '–', p.error];
  const [best, ...rest] = p.ranked.slice(0, Math.max(1, top));
  const passed = explain ? (p.left?.passed ?? []) : [];
  return [
    p.file,
    best!.label,
    percent(best!.confidence),
    rest.map((r) => `${r.label} ${percent(r.confidence)}`).join(', '),
    passed.map((e) => `${e.exit} ${percent(e.confidence, 0)}`).join(' → '),
  ];
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
