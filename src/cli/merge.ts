import { Command } from 'commander';
import { shellPath } from '../base/node/shell.ts';
import { exportBundle } from '../bundle/node/export.ts';
import { checkGolden, openDiff, readDiff } from '../diffs/node/read-diff.ts';
import { openRuntime } from '../runtime/node/open.ts';

interface Flags {
  out: string;
  embedPreprocessing?: boolean;
  force?: boolean;
}

/** `yosegi merge BACKBONE DIFF --out BUNDLE`: backbone and diff as one model with plain weights. */
export function mergeCommand(): Command {
  return new Command('merge')
    .description('put a diff into the weights of its backbone: a bundle as export writes it')
    .argument('<backbone>', 'what the diff was made on: weights, a run folder or an imported model')
    .argument('<diff>', 'folder of the diff')
    .requiredOption('--out <folder>', 'where the bundle goes')
    .option('--embed-preprocessing', 'take bytes [N, H, W, 3] and normalise inside the model')
    .option('--force', 'replace a bundle that is there already')
    .action(async (backbone: string, folder: string, { out, embedPreprocessing, force }: Flags) => {
      const diff = await readDiff(folder);
      const loaded = await openDiff(backbone, diff);
      const runtime = await openRuntime();
      try {
        const worst = await checkGolden(runtime, diff, loaded);
        const exported = await exportBundle({ run: loaded, out, embedPreprocessing, force, runtime });
        process.stdout.write(
          `${exported.folder}\n` +
            `the diff answers as when it was made (differs by at most ${worst.toExponential(1)}); the shipped model by ${exported.difference.toExponential(1)}\n` +
            `next: yosegi verify ${shellPath(exported.folder)}\n`,
        );
      } finally {
        await runtime.close();
      }
    });
}
