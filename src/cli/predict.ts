import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Command } from 'commander';
import { glob } from 'tinyglobby';
import { check } from '../base/errors.ts';
import { listPictures } from '../data/node/files.ts';
import { openPredictor, type Prediction } from '../predict/node/predictor.ts';
import { type Device, devices } from '../runtime/node/open.ts';
import { type Column, table } from '../tasks/classify/table.ts';
import { choice, whole } from './arguments.ts';
import { percent } from './progress.ts';

interface Flags {
  json?: boolean;
  top: number;
  batch: number;
  threads?: number;
  device: Device;
}

const columns: readonly Column[] = [
  { head: 'file', align: 'left' },
  { head: 'class', align: 'left' },
  { head: 'sure', align: 'right' },
  { head: 'others', align: 'left' },
];

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
    .action(run);
}

async function run(model: string, patterns: string[], flags: Flags): Promise<void> {
  const files = (await Promise.all(patterns.map(filesOf))).flat();
  const predictor = await openPredictor(model, {
    device: flags.device,
    threads: flags.threads,
    onNotice: (message) => process.stderr.write(`${message}\n`),
  });
  const rows: string[][] = [];
  let failed = 0;
  try {
    for await (const p of predictor.predictFiles(files, flags.batch)) {
      if ('error' in p) failed++;
      if (flags.json) process.stdout.write(`${JSON.stringify(shortened(p, flags.top))}\n`);
      else rows.push(row(p, flags.top));
    }
  } finally {
    await predictor.close();
  }
  if (!flags.json) {
    process.stdout.write(`${table(columns, rows, 60).join('\n')}\n`);
  }
  if (failed > 0) process.stderr.write(`${failed} of ${files.length} files could not be read\n`);
  if (failed === files.length) process.exitCode = 1;
}

function shortened(p: Prediction, top: number): Prediction {
  return 'ranked' in p ? { file: p.file, ranked: p.ranked.slice(0, top) } : p;
}

function row(p: Prediction, top: number): string[] {
  if ('error' in p) return [p.file, '–', '–', p.error];
  const [best, ...rest] = p.ranked.slice(0, Math.max(1, top));
  return [
    p.file,
    best!.label,
    percent(best!.confidence),
    rest.map((r) => `${r.label} ${percent(r.confidence)}`).join(', '),
  ];
}

async function filesOf(pattern: string): Promise<string[]> {
  const info = await stat(pattern).catch(() => undefined);
  if (info?.isFile()) return [pattern];
  const found = info?.isDirectory()
    ? (await listPictures(pattern)).map((f) => join(pattern, f))
    : (await glob(pattern.replaceAll('\\', '/'), { absolute: isAbsolute(pattern) })).sort();
  check(
    found.length > 0,
    () => `no images at '${pattern}': give a file, a folder with images, or a pattern such as "line3/*.jpg"`,
  );
  return found;
}
