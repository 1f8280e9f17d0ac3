import { mkdir, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { check } from '../../base/errors.ts';

/** Everything that commands leave in a run folder; what makes it one goes last. */
const parts = [
  'best',
  'last',
  'first',
  'features',
  'source',
  'bundle',
  'log.jsonl',
  'data.json',
  'eval.json',
  'bench.json',
  'report.html',
  'report.ja.html',
  'run.json',
];

/** Makes sure that the run can be written to `out`; nothing that is there is touched yet. */
export async function claimFolder(out: string, data: string, force: boolean): Promise<void> {
  check(
    force || !(await isRun(out)),
    () => `${out} already holds a run: go on with it (--resume), replace it (--force), or choose another --out`,
  );
  const within = relative(resolve(data), resolve(out)).split(sep)[0];
  check(
    within === '..' || isAbsolute(within!),
    () =>
      `the run folder ${out} lies in the folder of images ${data}, and what it holds would be taken for images: choose another --out`,
  );
  await mkdir(out, { recursive: true });
}

/** Takes away what an earlier run left. Called when the data is read and nothing else can go wrong. */
export async function clearFolder(out: string): Promise<void> {
  if (await isRun(out)) for (const part of parts) await rm(join(out, part), { recursive: true, force: true });
  await mkdir(join(out, 'best'), { recursive: true });
  await mkdir(join(out, 'last'), { recursive: true });
}

const isRun = (folder: string) =>
  stat(join(folder, 'run.json')).then(
    () => true,
    () => false,
  );
