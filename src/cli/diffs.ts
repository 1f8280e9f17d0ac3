import { Command } from 'commander';
import { check, messageOf } from '../base/errors.ts';
import { bytesText } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import { writePeftFolder } from '../diffs/node/peft-folder.ts';
import { type Diff, openDiff, readDiff } from '../diffs/node/read-diff.ts';
import { taskNamed } from '../tasks/node/registry.ts';
import { figureText, headlineOf } from './figures.ts';

interface Flags {
  base?: string;
  json?: boolean;
  peft?: string;
}

/** `yosegi diffs DIFFS…`: what they are, how large, how good, and whether they fit a backbone. */
export function diffsCommand(): Command {
  return new Command('diffs')
    .description('list diffs: their tasks, versions, sizes and figures, and whether they fit a backbone')
    .argument('<diffs...>', 'folders of diffs')
    .option('--base <backbone>', 'say of each whether it belongs to this backbone')
    .option('--peft <folder>', 'with one diff and its --base: write its low-rank pairs as PEFT saves them')
    .option('--json', 'print a list as JSON')
    .action(run);
}

/** A folder, the diff in it or why there is none, and whether it fits. */
interface Row {
  readonly folder: string;
  readonly diff?: Diff;
  readonly fits?: boolean;
  readonly problem?: string;
}

async function run(folders: string[], { base, json, peft }: Flags): Promise<void> {
  if (peft !== undefined) {
    check(
      folders.length === 1 && base !== undefined,
      'one diff and its backbone, please: yosegi diffs DIFF --base BACKBONE --peft FOLDER',
    );
    await writePeftFolder(base!, await readDiff(folders[0]!), peft);
    process.stdout.write(`${peft}\n`);
    return;
  }
  const rows: Row[] = [];
  for (const folder of folders) {
    try {
      const diff = await readDiff(folder);
      if (base === undefined) rows.push({ folder, diff });
      else rows.push({ folder, diff, ...(await fitting(base, diff)) });
    } catch (error) {
      rows.push({ folder, problem: messageOf(error) });
    }
  }
  if (json) {
    const list = rows.map(({ folder, diff, fits, problem }) => ({ folder, ...diff?.record, fits, problem }));
    process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
  } else process.stdout.write(`${listText(rows, base)}\n`);
  if (rows.some((r) => r.problem !== undefined && r.diff === undefined)) process.exitCode = 1;
}

async function fitting(base: string, diff: Diff): Promise<{ fits: boolean; problem?: string }> {
  try {
    await openDiff(base, diff);
    return { fits: true };
  } catch (error) {
    return { fits: false, problem: messageOf(error) };
  }
}

function listText(rows: readonly Row[], base?: string): string {
  const cells = rows.flatMap(({ folder, diff, fits }) => {
    if (!diff) return [];
    const { version, backbone, bytes, run, judged } = diff.record;
    const headline = headlineOf(taskNamed(run.task));
    const good = judged ? `${headline.label} ${figureText(headline, judged.figures)} (${judged.split})` : '–';
    const size = `${bytesText(bytes)} (${percent(bytes / backbone.bytes)})`;
    const fit = base === undefined ? [] : [fits ? 'yes' : 'no'];
    return [[folder, run.task, String(version), String(run.classes.length), size, good, backbone.weights, ...fit]];
  });
  const head = [
    'diff',
    'task',
    'version',
    'classes',
    'size',
    'figures',
    'backbone',
    ...(base === undefined ? [] : [`fits ${base}`]),
  ];
  const all = rows.flatMap(({ diff }) => (diff ? [diff.record.bytes] : []));
  const sum = all.reduce((a, b) => a + b, 0);
  const problems = rows.flatMap(({ folder, problem }) => (problem === undefined ? [] : [`${folder}: ${problem}`]));
  return [
    ...(cells.length > 0 ? [table([head, ...cells], { left: [0, 1, 5, 6, 7] })] : []),
    ...(all.length > 1 ? [`${all.length} diffs, ${bytesText(sum)} together`] : []),
    ...problems,
  ].join('\n');
}
