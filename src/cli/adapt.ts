import { Command } from 'commander';
import { shellPath } from '../base/node/shell.ts';
import { bytesText } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { type Base, baseAt } from '../diffs/node/base.ts';
import { isPeftFolder, readPeftFolder } from '../diffs/node/peft-folder.ts';
import { type Diff, readDiff } from '../diffs/node/read-diff.ts';
import { writeDiff } from '../diffs/node/write-diff.ts';
import type { DiffRecord } from '../diffs/record.ts';
import { evaluateRun } from '../run/node/evaluate-run.ts';
import { readRun } from '../run/node/run-folder.ts';
import { readSplit } from '../run/node/split-file.ts';
import type { TrainRunOptions } from '../run/node/train-run.ts';
import { settingsOf } from '../run/settings.ts';
import type { Learned } from '../run/warm.ts';
import { taskNamed } from '../tasks/node/registry.ts';
import type { Figures } from '../tasks/task.ts';
import { figureText } from './figures.ts';
import { trainedBy } from './train.ts';
import { addTrainOptions, imagesHelp, type TrainFlags } from './train-options.ts';

interface Flags extends TrainFlags {
  adapt?: string;
  from?: string;
}

/** `yosegi adapt BACKBONE DIR --out DIFF`: one more task on a backbone that others share. */
export function adaptCommand(): Command {
  const command = new Command('adapt')
    .description('learn a task as a small difference to a backbone, which stays as it is')
    .argument('<backbone>', 'weights (as for train --weights), the folder of a run, or of an imported model')
    .argument('[dir]', imagesHelp)
    .requiredOption('--out <diff>', 'folder of the diff to write; the training lies beside it, in <diff>.run')
    .option(
      '--from <diff>',
      'go on from an earlier diff, e.g. with new classes or pictures: the next version of it; or from adapters that PEFT saved',
    );
  return addTrainOptions(command).option('--force', 'replace a diff and a run that are already there').action(run);
}

async function run(backbone: string, dir: string | undefined, flags: Flags, command: Command): Promise<void> {
  const { out, from, force } = flags;
  const folder = `${out.replace(/\/+$/, '')}.run`;
  const peft = from !== undefined && (await isPeftFolder(from)) ? await readPeftFolder(from) : undefined;
  const earlier = from === undefined || peft ? undefined : await readDiff(from);
  if (!flags.resume && flags.adapt === undefined) command.setOptionValueWithSource('adapt', 'lora', 'cli');
  const learned = peft
    ? { adapters: peft.options, warm: { weights: peft.learned, classes: [] } }
    : earlier && { warm: learnedBy(earlier) };
  const more = flags.resume ? {} : { ...startFrom(await baseAt(backbone)), ...learned };
  const { result } = await trainedBy(dir, { ...command.opts<Flags>(), out: folder }, command, more);
  if (result.reason === 'stopped') return;
  const record = await writeDiff(folder, out, {
    weights: backbone,
    force: force ?? false,
    judged: await judgedOn(folder),
  });
  process.stdout.write(`${diffText(out, record, backbone)}\n`);
}

/** What an earlier version has learned. */
function learnedBy({ learned, record }: Diff): Learned {
  const { run, version } = record;
  const { adapters } = settingsOf(run.options);
  const ranks = adapters?.rank === 'auto' ? adapters.ranks : undefined;
  return { weights: learned, classes: run.classes, ranks, version: { version, learned: record.learned } };
}

/** What is trained from a backbone. A run says by itself which network its weights are for, and how that takes pictures. */
const startFrom = ({ kind, where }: Base): Partial<TrainRunOptions> =>
  kind === 'model' ? { model: where } : { weights: where };

/** The figures on the test split, where the run has one. */
async function judgedOn(folder: string): Promise<NonNullable<DiffRecord['judged']> | undefined> {
  const list = await readSplit(folder, await readRun(folder));
  if (!list?.items.some((item) => item.split === 'test')) return undefined;
  const { figures, images } = await evaluateRun(folder, { split: 'test' });
  return { split: 'test', images, figures: { ...figures } };
}

function diffText(out: string, { version, bytes, backbone, judged, run }: DiffRecord, base: string): string {
  const share = percent(bytes / backbone.bytes);
  const lines = [
    `${out}: version ${version}, ${bytesText(bytes)}: ${share} of its backbone (${bytesText(backbone.bytes)})`,
    ...(judged ? [`${judged.split} split, ${judged.images} images: ${figuresText(run.task, judged.figures)}`] : []),
    `next: yosegi predict ${shellPath(base)} --diff ${shellPath(out)} FILES; yosegi merge ${shellPath(base)} ${shellPath(out)} --out BUNDLE; yosegi diffs ${shellPath(out)}`,
  ];
  return lines.join('\n');
}

/** The figures that a task is told by, the first three of them. */
const figuresText = (task: string, figures: Figures) =>
  taskNamed(task)
    .figures.filter(({ name }) => name in figures)
    .slice(0, 3)
    .map((figure) => `${figure.label} ${figureText(figure, figures)}`)
    .join(', ');
