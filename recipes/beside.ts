import { markdownTable } from '../src/base/text/table.ts';
import { type Spot, writePicture } from './picture.ts';
import { spread, spreadText } from './spread.ts';
import type { Timed } from './time-in-turns.ts';

/** Networks that know the same task, with what each seed came to. */
export interface Compared {
  readonly title: string;
  readonly rows: readonly Row[];
}

interface Row {
  readonly name: string;
  /** Stands out in the picture. */
  readonly marked: boolean;
  readonly timed: Timed;
  readonly seeds: readonly Seed[];
}

interface Seed {
  readonly figures: Readonly<Record<string, number>>;
  readonly macs: number;
  readonly parameters: number;
  readonly processor: number;
}

const accuracies = ({ seeds }: Row) => seeds.map((s) => s.figures.accuracy!);
const mean = (row: Row, of: (seed: Seed) => number) => spread(row.seeds.map(of))[0];

/** A table for each task on the screen, and a picture of docs/ with accuracy against milliseconds. */
export async function reportBeside(picture: string, tasks: readonly Compared[]): Promise<void> {
  for (const { title, rows } of tasks) console.log(`${title}\n${tableOf(rows)}\n`);
  await writePicture(
    picture,
    tasks.map(({ title, rows }) => ({ title, spots: rows.map((row) => spotOf(row, row.timed, accuracies(row))) })),
  );
}

/** A network by the least time that was seen of it: what else a machine does only ever makes it slower. */
export const spotOf = (
  { name, marked }: Pick<Spot, 'name' | 'marked'>,
  timed: Timed,
  accuracies: readonly number[],
): Spot => ({ name, marked, ms: msOf(timed).least, accuracy: spread(accuracies) });

/** Of the mean picture: where some may leave early, a share of the way to the end. */
const msOf = ({ ms, early = 1 }: Timed) => ({ least: ms.least * early, median: ms.median * early });

function tableOf(rows: readonly Row[]): string {
  const columns = ['network', 'test accuracy, %', 'seeds', 'multiply-adds', 'parameters', 'ms: least, median'];
  return markdownTable([
    [...columns, 'processor seconds'],
    ...rows.map((row) => {
      const { least, median } = msOf(row.timed);
      return [
        ...[row.name, spreadText(accuracies(row)), String(row.seeds.length)],
        ...[
          `${(mean(row, (s) => s.macs) / 1e6).toFixed(1)} M`,
          `${(mean(row, (s) => s.parameters) / 1e6).toFixed(2)} M`,
        ],
        `${least.toFixed(2)}, ${median.toFixed(2)}`,
        mean(row, (s) => s.processor).toFixed(0),
      ];
    }),
  ]);
}
