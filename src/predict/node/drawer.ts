import { mkdir, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import sharp from 'sharp';
import { check } from '../../base/errors.ts';
import { usePicture } from '../../data/node/decode.ts';
import type { Predictor } from './predictor.ts';

/**
 * Writes pictures with their answers drawn on them into a new or empty folder, as `<name>.png`, with a number behind it where two files
 * have one name.
 * @throws YosegiError where the task's answers cannot be drawn, or the folder holds anything: a picture of the user's might have such a name
 */
export async function drawer(
  folder: string,
  { task, classes, preprocessing }: Pick<Predictor, 'task' | 'classes' | 'preprocessing'>,
): Promise<(file: string, answer: unknown) => Promise<void>> {
  const { drawAnswer } = task;
  check(drawAnswer, () => `the answers of ${task.name} are words: there is nothing to draw; leave out --draw`);
  await mkdir(folder, { recursive: true });
  const there = await readdir(folder);
  check(
    there.length === 0,
    () =>
      `${folder} holds ${there.length} files (${there[0]} …), which drawn pictures might replace: give --draw a new folder`,
  );
  const used = new Map<string, number>();
  return async (file, answer) => {
    const name = basename(file, extname(file));
    const before = used.get(name) ?? 0;
    used.set(name, before + 1);
    const to = join(folder, `${name}${before > 0 ? `-${before + 1}` : ''}.png`);
    await usePicture(file, { background: preprocessing.background }, async ({ image }) => {
      const { width, height } = image;
      const own = { width, height, data: image.data.slice() };
      drawAnswer(own, answer, classes);
      await sharp(own.data, { raw: { width, height, channels: 3 } })
        .png()
        .toFile(to);
    });
  };
}
