import { plain } from '../../base/text/cells.ts';
import { table } from '../../base/text/table.ts';
import type { DatasetSummary } from './summary.ts';

/** How many lines of one kind of trouble are shown; the rest is counted. */
const SHOWN = 8;
/** Fewer training pictures than this are called few. */
const FEW = 30;
/** A larger imbalance than this is worth balanced sampling. */
const UNEVEN = 3;

/** The summary for a person: a table, what stands out, and what to do about it. */
export function describe(summary: DatasetSummary): string {
  const { name, root, layout, pictures, classes, labels } = summary;
  const things = classes.filter(({ ground }) => !ground).length;
  const named =
    things === 0 ? '' : ` ${labels.length > 0 ? 'of' : 'in'} ${things} ${things === 1 ? 'class' : 'classes'}`;
  const lines = [
    plain(`${name}: ${number(pictures)} pictures${named} (${layout.about})`),
    plain(root),
    '',
    classTable(summary),
    '',
    ...labels.flatMap(({ title, columns, rows, notes }) => [title, table([columns, ...rows]), ...notes.map(plain), '']),
    ...facts(summary).map(plain),
  ];
  const todo = advice(summary);
  if (todo.length > 0) lines.push('', 'To do', ...todo.flatMap(bullet).map(plain));
  return lines.join('\n');
}

function classTable({ classes, parts, pictures }: DatasetSummary): string {
  const total = { name: 'total', ...parts, total: pictures };
  const body = [...classes, total].map((row) => [row.name, ...[row.train, row.val, row.test, row.total].map(number)]);
  return table([['class', 'train', 'val', 'test', 'total'], ...body]);
}

function facts({
  origin,
  sizes,
  classes,
  imbalance,
  duplicates,
  near,
  problems,
  notes,
  remarks,
}: DatasetSummary): string[] {
  const drawn = origin.train === 'given' ? 'drawn from train' : 'drawn by seed';
  const words = { given: 'given', drawn, none: 'none' };
  const sorted = classes.filter(({ total, ground }) => total > 0 && !ground).sort((a, b) => b.total - a.total);
  const [largest, smallest] = [sorted[0], sorted.at(-1)];
  const shownSizes = sizes.slice(0, 4).map(({ width, height, count }) => `${width}×${height} (${number(count)})`);
  if (sizes.length > 4) shownSizes.push(`${sizes.length - 4} more`);
  const files = duplicates.groups.reduce((sum, { items }) => sum + items.length, 0);
  const twice = `${counted(duplicates.groups.length, 'group')} of exactly equal pictures (${files} files)`;
  const where =
    duplicates.acrossSplits.length > 0 ? `${duplicates.acrossSplits.length} across splits` : 'none across splits';
  return [
    `splits      train ${origin.train === 'given' ? 'given' : 'the rest'}, val ${words[origin.val]}, test ${words[origin.test]}`,
    `sizes       ${shownSizes.join(', ')}`,
    ...(largest && smallest && sorted.length > 1
      ? [`balance     ${largest.name} has ${imbalance.toFixed(1)} times as many as ${smallest.name}`]
      : []),
    `duplicates  ${files === 0 ? 'none' : `${twice}, ${where}`}`,
    ...(near.groups.length > 0 ? [`look-alikes ${looksOf(near)}`] : []),
    `broken      ${problems.length === 0 ? 'none' : counted(problems.length, 'file')}`,
    ...(notes.length > 0 ? [`odd         ${counted(notes.length, 'file')}, used nevertheless`] : []),
    ...remarks,
  ];
}

/** What to do, each with the lines that belong to it. */
function advice({
  classes,
  labels,
  uneven,
  imbalance,
  duplicates,
  near,
  problems,
  notes,
  origin,
}: DatasetSummary): string[][] {
  const todo: string[][] = [];
  if (problems.length > 0) {
    todo.push([
      'Replace or delete the broken files; they are skipped.',
      ...some(problems.map(({ file, reason }) => `${file}: ${reason}`)),
    ]);
  }
  const groups = (
    list: DatasetSummary['duplicates']['groups'],
    key: (item: { split: string; path: string }) => string,
  ) => some(list.map(({ items }) => items.map(key).join('  =  ')));
  if (duplicates.acrossClasses.length > 0) {
    todo.push([
      labels.length > 0
        ? 'The same picture is labelled in two ways: keep the right one.'
        : 'The same picture lies in two classes: keep the right one.',
      ...groups(duplicates.acrossClasses, ({ path }) => path),
    ]);
  }
  if (duplicates.acrossSplits.length > 0) {
    todo.push([
      'The same picture is trained on and tested on, so results look too good: delete one of each.',
      ...groups(duplicates.acrossSplits, ({ split, path }) => `${path} (${split})`),
    ]);
  }
  if (near.acrossSplits.length > 0) {
    todo.push([
      'Nearly the same picture lies in two splits, so results look too good: move each group to one of them.',
      ...groups(near.acrossSplits, ({ split, path }) => `${path} (${split})`),
    ]);
  }
  if (notes.length > 0) {
    todo.push(['Look at these odd files.', ...some(notes.map(({ file, note }) => `${file} ${note}`))]);
  }
  const few = classes.filter(({ train }) => train < FEW);
  if (few.length > 0) {
    const list = few.map(({ name, train }) => `${name} (${train})`);
    todo.push([`Collect more pictures of: ${some(list).join(', ')}.`]);
  }
  if (imbalance > UNEVEN) {
    todo.push([
      uneven ??
        'The classes are uneven: train with balanced sampling, and judge by macro recall, not by accuracy alone.',
    ]);
  }
  if (origin.test === 'none') {
    todo.push(['There are no test pictures: put some that are never trained on into a test folder.']);
  }
  return todo;
}

function looksOf({ groups, acrossSplits }: DatasetSummary['near']): string {
  const files = groups.reduce((sum, { items }) => sum + items.length, 0);
  const where = acrossSplits.length > 0 ? `${acrossSplits.length} across splits` : 'none across splits';
  return `${counted(groups.length, 'group')} of nearly equal pictures (${files} files), ${where}`;
}

function some(lines: readonly string[]): string[] {
  const shown = lines.slice(0, SHOWN);
  return lines.length > SHOWN ? [...shown, `… and ${lines.length - SHOWN} more`] : shown;
}

function bullet([first, ...rest]: readonly string[]): string[] {
  return [`  - ${first}`, ...rest.map((line) => `      ${line}`)];
}

function number(n: number): string {
  return n.toLocaleString('en-US');
}

function counted(n: number, what: string): string {
  return `${number(n)} ${what}${n === 1 ? '' : 's'}`;
}
