import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../base/errors.ts';
import { parseBudget } from '../exits/calibration/budget.ts';
import { calibrateRun } from '../exits/node/calibrate-run.ts';
import { type Budget, EXITS_FILE } from '../exits/record.ts';
import { exitsText } from '../exits/text.ts';
import { type Device, devices } from '../runtime/node/open.ts';
import { choice, number, share, whole } from './arguments.ts';
import { statusLine } from './progress.ts';

interface Flags {
  budget?: Budget;
  never?: string[];
  miss?: number;
  search: 'own' | 'published';
  data?: string;
  static?: string[];
  seconds: number;
  threads?: number;
  device: Device;
  json?: boolean;
}

/** `yosegi exits RUN`: chooses when images may leave a model early, and stores the policy in the run's folder. */
export function exitsCommand(): Command {
  return new Command('exits')
    .description('choose when easy images may leave a model early: curve, policy, what it costs on this machine')
    .argument('<run>', 'folder that `yosegi train` made with a model that has exits')
    .option('--budget <b>', 'mean cost or accuracy: 5ms, 40Mmacs, 97% (default: the whole network’s accuracy)', budget)
    .option('--never <class...>', 'classes that must always go to the end')
    .option('--miss <share>', 'share of these that may leave early all the same (default: none)', share)
    .addOption(choice('--search <how>', 'how thresholds are found', ['own', 'published']).default('own'))
    .option('--data <dir>', 'another folder of images than the one trained on')
    .option('--static <run...>', 'runs of other networks to compare with, e.g. the backbone trained alone')
    .option('--seconds <s>', 'most time for timing each exit', number(0.01), 2)
    .option('--threads <n>', 'threads inside one operator (default: all cores)', whole(1, 256))
    .addOption(choice('--device <name>', 'where to compute', [...devices]).default('auto'))
    .option('--json', 'print everything as JSON')
    .action(async (run: string, { json, seconds, static: statics, ...flags }: Flags) => {
      const line = statusLine();
      const record = await calibrateRun(run, {
        ...flags,
        statics,
        effort: { seconds },
        onNotice: (message) => process.stderr.write(`${message}\n`),
        onProgress: (what, done, of) => line.show(`${what} ${done}/${of}`),
      });
      line.clear();
      process.stdout.write(`${json ? JSON.stringify(record, null, 2) : exitsText(record)}\n`);
      process.stderr.write(`wrote ${join(run, EXITS_FILE)}\n`);
    });
}

function budget(text: string): Budget {
  try {
    return parseBudget(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
