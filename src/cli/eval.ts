import { Command } from 'commander';
import { z } from 'zod';
import { robustnessRun } from '../robustness/node/robustness-run.ts';
import { robustnessText } from '../robustness/text.ts';
import { type EvaluateRunOptions, evaluateRun } from '../run/node/evaluate-run.ts';
import { devices } from '../runtime/node/open.ts';
import { choice, whole } from './arguments.ts';
import { isGiven } from './given.ts';
import { makingNames, makings, pickMaking } from './makings.ts';
import { pace } from './pace.ts';
import { statusLine } from './progress.ts';
import { addSchemaOptions } from './schema-options.ts';

interface Flags extends Pick<EvaluateRunOptions, 'split' | 'data' | 'made' | 'features' | 'device' | 'threads'> {
  robust?: boolean;
  json?: boolean;
}

/** `yosegi eval RUN`: how good the best weights are. */
export function evalCommand(): Command {
  const command = new Command('eval')
    .description('how good a run is: its figures, for each class and in all, and its worst mistakes')
    .argument('<run>', 'folder that `yosegi train` or `yosegi import` made')
    .addOption(
      choice('--split <split>', 'which images (default: test, or val where there is no test)', ['test', 'val']),
    )
    .option('--data <dir>', 'another folder of images: all of it is judged, in a file of its own')
    .option(
      '--made <n>',
      'of a network that makes pictures: how many are made and compared with real ones (default: as many as are judged, at most 300; 0: none)',
      whole(0, 100_000),
    )
    .option(
      '--features <file>',
      'of a network that makes pictures: an .onnx file in whose features made and real ones are compared (default: MobileNetV2 in the box)',
    );
  for (const options of makings) addSchemaOptions(command, options);
  return command
    .option(
      '--robust',
      'also under what a camera does to pictures: light, focus, noise, JPEG, and where answers are of the whole picture, rotation and shift',
    )
    .option('--threads <n>', 'threads inside one operator (default: all cores)', whole(1, 256))
    .addOption(choice('--device <name>', 'where to compute', [...devices]).default('auto'))
    .option('--json', 'print everything as JSON')
    .action(async (run: string, { json, robust, ...flags }: Flags, self: Command) => {
      const line = statusLine();
      const says = pace();
      const note = (message: string) => {
        line.clear();
        process.stderr.write(`${message}\n`);
      };
      // First, as it may not be possible.
      const under =
        robust &&
        (await robustnessRun(run, {
          ...flags,
          onCondition: (done, total) => line.show(`under other light, focus and place ${done}/${total}`),
        }));
      const { task, evaluation, belongsTo, of, file } = await evaluateRun(run, {
        ...flags,
        ...(makingNames.some(isGiven(self)) && { making: pickMaking(flags) }),
        onScan: (done, total) => line.show(`reading images ${done}/${total}`),
        onBatch: (done, total) => line.show(says('evaluating batch', done, total)),
        onMade: (what, done, total) => line.show(says(what, done, total)),
        onNotice: note,
      });
      line.clear();
      const record = { belongsTo, ...z.looseObject({}).parse(evaluation), ...(under && { robustness: under.record }) };
      const text = [task.text(evaluation, of), ...(under ? [robustnessText(under.record, under.of)] : [])].join('\n\n');
      process.stdout.write(`${json ? JSON.stringify(record, null, 2) : text}\n`);
      note(`wrote ${under ? `${file} and ${under.file}` : file}`);
    });
}
