import type { Background } from '../../data/image.ts';
import { type Image, ImageError } from '../../data/image.ts';
import { decodeDefaults } from '../../data/node/decode.ts';
import { readSource } from '../../data/node/source.ts';
import { intactPictures } from '../../run/node/intact.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { readSplit, rootOf } from '../../run/node/split-file.ts';
import { readLayout } from '../../tasks/node/read-layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Split } from '../../tasks/splits.ts';

/**
 * A few pictures of a run, spread over its classes: of its test split where it has one, else of val, else of those it trained on; none
 * but those that are as they were when it began. A run of an older version knows no splits: pictures of the folder as it is now. Files
 * that cannot be decoded are passed over. Throws where the folder is gone or holds no data set.
 */
export async function samplePictures(
  { folder, run }: Pick<LoadedRun, 'folder' | 'run'>,
  task: NodeTask,
  count: number,
): Promise<Image[]> {
  const { background } = run.preprocessing;
  const list = await readSplit(folder, run);
  if (!list) return fromFolder(run.data, task, count, background);
  const pictures: Image[] = [];
  const items = inTurns(preferred(list.items), (item) => task.shows(task.target.parse(item.target)));
  for await (const { image } of intactPictures(list, rootOf(list, run.data), items, background)) {
    pictures.push(image);
    if (pictures.length === count) break;
  }
  return pictures;
}

async function fromFolder(data: string, task: NodeTask, count: number, background: Background): Promise<Image[]> {
  const { entries } = await readLayout(data, task);
  const options = { ...decodeDefaults, background };
  const pictures: Image[] = [];
  for (const { source } of inTurns(preferred(entries), ({ target }) => task.shows(target))) {
    if (pictures.length === count) break;
    try {
      pictures.push((await readSource(source, options)).image);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
  }
  return pictures;
}

function preferred<T extends { readonly split?: Split }>(all: readonly T[]): readonly T[] {
  for (const split of ['test', 'val'] as const) {
    const some = all.filter((e) => e.split === split);
    if (some.length > 0) return some;
  }
  return all;
}

/** The first of every class, then the second of every class, and so on. */
function inTurns<T>(all: readonly T[], shows: (one: T) => readonly number[]): T[] {
  const seen = new Map<number, number>();
  const turns = all.map((one) => {
    const kind = shows(one)[0] ?? -1;
    const turn = seen.get(kind) ?? 0;
    seen.set(kind, turn + 1);
    return { one, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ one }) => one);
}
