import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { check } from '../../base/errors.ts';
import { type FolderKind, replaceFolder } from '../../base/node/place-folder.ts';
import { sha256, sha256Parts } from '../../base/node/sha256.ts';
import { sameBytes, sizeOf } from '../../base/tensor.ts';
import { toleranceFor } from '../../bundle/golden.ts';
import { keptFirst } from '../../run/node/first-weights.ts';
import { type LoadedRun, loadedFrom, readStored } from '../../run/node/run-folder.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { encodeSafetensors } from '../../weights/safetensors.ts';
import { sealed } from '../../weights/seal.ts';
import { backboneNames, backboneParts } from '../backbone.ts';
import { DIFF_FILE, type DiffRecord, GOLDEN_FILE, LABELS_FILE, LEARNED_FILE } from '../record.ts';
import { goldenOutputs } from './golden.ts';

const diffs: FolderKind = { marker: DIFF_FILE, noun: 'diff', elsewhere: 'choose another --out' };

/** Patterns that the golden outputs are of. */
const GOLDEN = 2;

export interface DiffOptions {
  /** What the backbone is called. */
  readonly weights: string;
  /** What it was judged by on pictures that were kept back; default: what its validation said. */
  readonly judged?: DiffRecord['judged'];
  /** Replaces a diff that is there already. */
  readonly force?: boolean;
}

/**
 * Writes what a run has learned beside a backbone as a folder of plain files: adapters, head and those of the backbone's own parameters
 * that were trained, bit for bit, with a SHA-256 of the backbone that they belong to.
 * @throws YosegiError where the run was not started from weights: there is nothing that it could be a difference to
 */
export async function writeDiff(folder: string, out: string, options: DiffOptions): Promise<DiffRecord> {
  const whole = await readStored(folder);
  const { run, plain, weights: stored } = whole;
  const network = taskNamed(run.task).network(plain, taskOptionsOf(run));
  const before = await keptFirst(folder);
  check(
    before && (run.pretrained || run.source),
    () => `${folder} was trained from scratch: a diff needs a backbone to be a difference to. Train with --weights`,
  );
  const backbone = new Set(backboneNames(network));
  const learned = new Map(
    [...stored].filter(([name, t]) => !backbone.has(name) || !before.has(name) || !sameBytes(before.get(name)!, t)),
  );
  const bytes = encodeSafetensors(learned, sealed({ format: 'pt', model: run.model }, learned, sha256Parts));
  const runtime = await openRuntime();
  try {
    const loaded = await loadedFrom(whole);
    const golden = await goldenOutputs(runtime, loaded, GOLDEN);
    const record: DiffRecord = {
      format: 1,
      kind: 'yosegi-diff',
      version: (run.earlier?.version ?? 0) + 1,
      parent: run.earlier?.learned ?? null,
      backbone: {
        weights: options.weights,
        sha256: sha256Parts(backboneParts(network, before)),
        bytes: [...backbone].reduce((n, name) => n + 4 * sizeOf(before.get(name)!.shape), 0),
      },
      learned: sha256(bytes),
      bytes: bytes.length,
      // Where the pictures lie, and what their files are called, stays in the plant.
      run: { ...run, name: basename(out), data: '', problems: [] },
      judged: options.judged ?? validated(loaded),
      golden: { images: GOLDEN, tolerance: toleranceFor(golden) },
    };
    await replaceFolder(out, options.force ?? false, diffs, async (fresh) => {
      await writeFile(join(fresh, LEARNED_FILE), bytes);
      await writeFile(join(fresh, GOLDEN_FILE), encodeSafetensors(Object.entries(golden)));
      await writeFile(join(fresh, LABELS_FILE), run.classes.map((name) => `${name}\n`).join(''));
      await writeFile(join(fresh, DIFF_FILE), `${JSON.stringify(record, null, 2)}\n`);
    });
    return record;
  } finally {
    await runtime.close();
  }
}

/** What the weights were chosen by. */
function validated({ run, epochs }: LoadedRun): DiffRecord['judged'] {
  const best = epochs.filter((e) => e.best).at(-1);
  return best?.val ? { split: 'val', images: run.images.val, figures: { ...best.val } } : null;
}
