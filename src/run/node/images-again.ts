import { stat } from 'node:fs/promises';
import { check } from '../../base/errors.ts';
import { shellPath } from '../../base/node/shell.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Run } from '../records.ts';
import { changesText } from '../resume-check.ts';
import type { Settings } from '../settings.ts';
import { type Replaced, type SplitList, someFiles, withReplaced } from '../split-list.ts';
import { openDrawn } from './drawn.ts';
import type { ResumeOptions } from './resume-run.ts';
import { imagesOf } from './run-folder.ts';
import { listedDataset, newText, picturesIn } from './run-images.ts';
import { compareSplit, fileHash, readSplit, rootOf, sourcesOf } from './split-file.ts';

/**
 * The images of a run that goes on, each compared with what it was when the run began, and the run as it is from now on.
 * @throws YosegiError where one to train or validate on is gone, or changed without that being allowed
 */
export async function imagesAgain(
  out: string,
  run: Run,
  settings: Settings,
  { data, allowChanges, hooks = {} }: ResumeOptions,
): Promise<{ dataset: Dataset; run: Run }> {
  const task = taskNamed(run.task);
  const images = await imagesOf(run, data, `say where they are: yosegi train DIR --resume --out ${shellPath(out)}`);
  const list = await readSplit(out, run);
  if (!list) {
    hooks.onNotice?.('this run is older than stored splits: whether its images are the same is not known');
    return { dataset: await openDrawn(images, task, settings, run.preprocessing, hooks.onScan), run };
  }
  const root = rootOf(list, images);
  check((await stat(images).catch(() => undefined))?.isDirectory(), () => `there is no folder ${images}`);
  const { gone, changed, added } = await compareSplit(
    list,
    root,
    ['train', 'val'],
    await picturesIn(images, run, task),
    hooks.onScan,
  );
  check(
    gone.length === 0,
    () =>
      `cannot resume ${out}: images that it is trained on are gone from ${images}: ${someFiles(gone)}. Put them back, say where ` +
      `they are (yosegi train DIR --resume --out ${out}), or train anew`,
  );
  check(
    changed.length === 0 || allowChanges,
    () => `cannot resume ${out}: ${changesText([`images with another content: ${someFiles(changed)}`])}`,
  );
  if (added.length > 0) hooks.onNotice?.(newText(added));
  if (changed.length === 0) return { dataset: await listedDataset(list, root, run, task), run };
  const replaced = { ...run.replaced, ...(await lookAgain(list, root, run, changed)) };
  const words = [`images with another content: ${changed.join(', ')}`];
  return {
    dataset: await listedDataset(withReplaced(list, replaced), root, run, task),
    run: { ...run, replaced, changes: [...(run.changes ?? []), ...words] },
  };
}

/** What the changed pictures are now. */
async function lookAgain(
  list: SplitList,
  root: string,
  run: Run,
  changed: readonly string[],
): Promise<Record<string, Replaced>> {
  const items = list.items.filter(({ path }) => changed.includes(path));
  const whole = await listedDataset({ ...list, items }, root, run, taskNamed(run.task));
  try {
    const sources = await sourcesOf(root, items);
    const entries = items.map(({ path, target }, i) => ({ path, target, source: sources[i]! }));
    const looked = await whole.engine.scan(entries, undefined, undefined);
    const found: Record<string, Replaced> = {};
    const hashes = new Map<string, string>();
    for (const [i, { path, source }] of entries.entries()) {
      const one = looked[i]!;
      check(!('fault' in one), () => `${path} was replaced, and cannot be used: ${'reason' in one ? one.reason : ''}`);
      // A file of many pictures is hashed once.
      const sha256 = hashes.get(source.path) ?? (await fileHash(source.path));
      hashes.set(source.path, sha256);
      found[path] = { width: one.width, height: one.height, pixels: one.hash, sha256 };
    }
    return found;
  } finally {
    await whole.close();
  }
}
