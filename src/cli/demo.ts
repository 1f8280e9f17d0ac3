import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { Command } from 'commander';
import { check } from '../base/errors.ts';
import { packageFile } from '../base/node/package-file.ts';
import { shellPath } from '../base/node/shell.ts';
import { whole } from './arguments.ts';
import { benchCommand } from './bench.ts';
import { dataCommand } from './data.ts';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { reportCommand } from './report.ts';
import { trainCommand } from './train.ts';
import { verifyCommand } from './verify.ts';

/** Real photographs of hot-rolled steel strip with seven kinds of defect; see demo/data/x-sdd/README.md. */
const photographs = packageFile('demo/data/x-sdd');

interface Way {
  readonly epochs: number;
  readonly options: readonly string[];
}

/** From the weights of our own hybrid in the package, at a size that two cores train in two minutes. Chosen on the validation images. */
const fineTuned: Way = {
  epochs: 14,
  options: [
    ...['--weights', 'box:ascan-micro-distilled', '--size', '128'],
    ...['--lr', '0.002', '--warmup', '0.5', '--ema', '0.97'],
  ],
};
/** An AsCAN from nothing, small enough for two cores and five minutes. Chosen on the validation images. */
const fromScratch: Way = {
  epochs: 60,
  options: ['--model', 'ascan-micro', '--scratch', '--size', '64', '--lr', '0.003', '--ema', '0.99'],
};
/** Of both: steel has no up and down, and few pictures are kept back. */
const both = ['--vflip', '--val-fraction', '0.05'];

interface Flags {
  out: string;
  epochs?: number;
  scratch?: boolean;
}

/** `yosegi demo`: the whole way, with the same commands that a user would type. */
export function demoCommand(images: string = photographs): Command {
  return new Command('demo')
    .description('train on real photographs of steel defects, then evaluate, measure, report and export')
    .option('--out <run>', 'run folder to write (replaced if it is there)', 'runs/demo')
    .option('--scratch', 'the same network from scratch in place of the trained weights in the package')
    .option(
      '--epochs <n>',
      `passes over the training images (default: ${fineTuned.epochs}, from scratch ${fromScratch.epochs})`,
      whole(1, 10_000),
    )
    .action((flags: Flags) => run(images, flags));
}

async function run(images: string, { out, epochs, scratch }: Flags): Promise<void> {
  const there = await stat(images).then(
    () => true,
    () => false,
  );
  check(
    there,
    `the photographs of the demo are not in this installation (${images}): run it in a clone of the repository`,
  );
  const dir = relative(process.cwd(), images) || images;
  const way = scratch ? fromScratch : fineTuned;
  const passes = String(epochs ?? way.epochs);
  const started = performance.now();
  const steps: [Command, string[]][] = [
    [dataCommand(), [dir]],
    [trainCommand(), [dir, '--out', out, '--force', '--epochs', passes, ...way.options, ...both]],
    [evalCommand(), [out]],
    [benchCommand(), [out, '--seconds', '1']],
    [exportCommand(), [out]],
    [verifyCommand(), [`${out}/bundle`]],
    [reportCommand(), [out, '--lang', 'both']],
  ];
  for (const [command, args] of steps) {
    process.stdout.write(`\n$ yosegi ${command.name()} ${args.join(' ')}\n`);
    await command.parseAsync(args, { from: 'user' });
    // Stopped by Ctrl-C, or something is wrong; the command has said what.
    if (process.exitCode) return;
  }
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  process.stdout.write(
    `\nDone in ${minutes} min. Look at ${out}/report.html (English) and ${out}/report.ja.html (Japanese).\n` +
      'Next, with your own folder of images (one sub-folder for each class):\n' +
      '  npm run yosegi -- data YOUR_IMAGES\n' +
      '  npm run yosegi -- train YOUR_IMAGES --out runs/mine\n' +
      `  npm run yosegi -- predict ${shellPath(out)} YOUR_IMAGES\n`,
  );
}
