import type { Background } from '../../data/image.ts';
import { type Image, ImageError } from '../../data/image.ts';
import { decodeDefaults } from '../../data/node/decode.ts';
import { readSource } from '../../data/node/source.ts';
import type { Entry } from '../../tasks/layout.ts';
import { readLayout } from '../../tasks/node/read-layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';

/**
 * A few pictures of a data set, spread over its classes: of the test split where one is given, else of val, else of all. Files
 * that cannot be decoded are passed over. Throws where there is no data set.
 */
export async function samplePictures(
  data: string,
  task: NodeTask,
  count: number,
  background: Background,
): Promise<Image[]> {
  const { entries } = await readLayout(data, task);
  const options = { ...decodeDefaults, background };
  const pictures: Image[] = [];
  for (const { source } of inTurns(preferred(entries), task)) {
    if (pictures.length === count) break;
    try {
      pictures.push((await readSource(source, options)).image);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
  }
  return pictures;
}

function preferred(entries: readonly Entry[]): readonly Entry[] {
  for (const split of ['test', 'val'] as const) {
    const some = entries.filter((e) => e.split === split);
    if (some.length > 0) return some;
  }
  return entries;
}

/** The first of every class, then the second of every class, and so on. */
function inTurns(entries: readonly Entry[], task: NodeTask): Entry[] {
  const seen = new Map<number, number>();
  const turns = entries.map((entry) => {
    const kind = task.shows(entry.target)[0] ?? -1;
    const turn = seen.get(kind) ?? 0;
    seen.set(kind, turn + 1);
    return { entry, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ entry }) => entry);
}
