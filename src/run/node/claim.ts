import { mkdir, readdir, readFile, realpath, rmdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { type FolderLock, lockFolder } from '../../base/node/lock.ts';
import { isMissing } from '../../base/node/missing.ts';
import { GRAPH, RECORD, WEIGHTS } from '../../imported/record.ts';
import { CAPTION_FILES, FEATURES_FILE } from '../captions.ts';
import { STAGE_FILES } from '../latents.ts';
import { belongsToSchema } from '../provenance.ts';
import { SPLIT_FILE } from '../split-list.ts';
import { LOG_FILE } from './log-file.ts';
import { TEACHER_FILE } from './teacher-file.ts';

/** Every file that commands leave in a run folder, but bundles and evaluations of other folders. */
const files = [
  ['best', 'model.safetensors'],
  ['last', 'checkpoint.safetensors'],
  ['first', 'model.safetensors'],
  ['features', 'train.safetensors'],
  ['features', 'val.safetensors'],
  TEACHER_FILE,
  ...Object.values(STAGE_FILES).map((path) => path.split('/')),
  ...[...Object.values(CAPTION_FILES), FEATURES_FILE].map((path) => path.split('/')),
  ...['train', 'mirrored', 'val'].map((name) => ['latents', `${name}.safetensors`]),
  ...[RECORD, GRAPH, WEIGHTS].map((name) => ['source', name]),
  ...[LOG_FILE, 'data.json', SPLIT_FILE].map((name) => [name]),
  ...['eval.json', 'robustness.json', 'bench.json', 'exits.json', 'report.html', 'report.ja.html', 'nearest.png'].map(
    (name) => [name],
  ),
];
/** What makes a folder a run. */
const RUN = 'run.json';

export interface ClaimOptions {
  /** Folders that the run is made from; none of them may lie in the run folder, or hold it. */
  readonly reads: readonly { readonly folder: string; readonly what: string }[];
  /** Replaces a run that is there. */
  readonly force: boolean;
}

/**
 * Takes a folder for a new run; nothing that is there is touched yet. The lock must be released.
 * @throws YosegiError where another process writes there, where it holds a run (without `force`) or files of the user's that a run
 * would replace, or where it overlaps with what the run is made from
 */
export async function claimFolder(out: string, { reads, force }: ClaimOptions): Promise<FolderLock> {
  for (const { folder, what } of reads) await checkApart(out, folder, what);
  await mkdir(out, { recursive: true });
  const lock = await lockFolder(out, { what: 'train' });
  try {
    if (await isRun(out)) {
      check(
        force,
        () => `${out} already holds a run: go on with it (--resume), replace it (--force), or choose another --out`,
      );
    } else {
      const theirs: string[] = [];
      for (const path of [...files, [RUN]]) if (await exists(join(out, ...path))) theirs.push(join(...path));
      check(
        theirs.length === 0,
        () =>
          `${out} is no run folder and holds ${theirs.slice(0, 3).join(', ')}, which a run would replace: choose another --out`,
      );
    }
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Takes a run's folder to go on with it. The lock must be released. */
export const claimRun = (folder: string): Promise<FolderLock> => lockFolder(folder, { what: 'train --resume' });

/** Takes away what an earlier run wrote, and makes room for a new one. Called when nothing else can go wrong. */
export async function clearFolder(out: string): Promise<void> {
  await removeRun(out);
  await makeFolders(out);
}

/** Takes away what a run wrote, file by file: what else lies there is the user's, and keeps the folder. */
export async function removeRun(out: string): Promise<void> {
  if (!(await isRun(out))) return;
  await clearBundle(join(out, 'bundle'));
  for (const path of files) await takeAway(join(out, ...path));
  for (const name of await readdir(out)) if (await isEvaluation(out, name)) await takeAway(join(out, name));
  for (const folder of new Set(files.filter((path) => path.length > 1).map(([folder]) => join(out, folder!)))) {
    await clearLeftovers(folder);
    await rmdir(folder).catch(() => {});
  }
  await clearLeftovers(out);
  // Last, so that a folder that was cleared in part still counts as a run.
  await takeAway(join(out, RUN));
  await rmdir(out).catch(() => {});
}

/** Makes the folders that a run writes weights into. */
export async function makeFolders(out: string): Promise<void> {
  for (const name of ['best', 'last']) await mkdir(join(out, name), { recursive: true });
}

/** Whether run.json is there and one of ours. */
export async function isRun(folder: string): Promise<boolean> {
  const ours = z.looseObject({ format: z.number(), yosegi: z.string(), model: z.string() });
  return ours.safeParse(await jsonIn(join(folder, RUN))).success;
}

async function isEvaluation(folder: string, name: string): Promise<boolean> {
  if (!/^(eval|robustness)-.+\.json$/.test(name)) return false;
  return z.looseObject({ belongsTo: belongsToSchema }).safeParse(await jsonIn(join(folder, name))).success;
}

/** A bundle's own files, which its manifest lists. */
async function clearBundle(folder: string): Promise<void> {
  const listed = z.looseObject({
    kind: z.literal('yosegi-bundle'),
    files: z.array(z.looseObject({ path: z.string() })),
  });
  const manifest = listed.safeParse(await jsonIn(join(folder, 'manifest.json')));
  if (!manifest.success) return;
  const paths = manifest.data.files
    .map(({ path }) => path)
    .filter((path) => !path.split('/').includes('..') && !isAbsolute(path));
  for (const path of [...paths, 'manifest.json']) await takeAway(join(folder, path));
  const folders = [...new Set(paths.map((path) => dirname(path)))].sort((a, b) => b.length - a.length);
  for (const inside of [...folders, '.']) await rmdir(join(folder, inside)).catch(() => {});
}

/** Half-written files of a process that was killed while it wrote one of ours. */
async function clearLeftovers(folder: string): Promise<void> {
  const ours = new Set([...files, [RUN]].map((path) => path.at(-1)!));
  for (const name of await readdir(folder).catch(() => [])) {
    const match = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(name);
    if (match && ours.has(match[1]!)) await takeAway(join(folder, name));
  }
}

async function takeAway(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function jsonIn(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

export async function checkApart(out: string, folder: string, what: string): Promise<void> {
  const [run, read] = [await real(out), await real(folder)];
  check(
    !holds(read, run),
    () =>
      `the run folder ${out} lies in ${what} ${folder}, and what it holds would be taken for part of it: choose another --out`,
  );
  check(!holds(run, read), () => `${what} ${folder} lies in the run folder ${out}: choose another --out`);
}

/** Whether `outer` is `inner` or holds it. */
function holds(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === '' || (way.split(sep)[0] !== '..' && !isAbsolute(way));
}

/** A path without links; of one that does not exist yet, as far as it does. */
async function real(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch (error) {
    const above = dirname(whole);
    if (!isMissing(error) || above === whole) return whole;
    return join(await real(above), basename(whole));
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
