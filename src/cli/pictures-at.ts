import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { check } from '../base/errors.ts';
import { spelt } from '../base/node/spelt.ts';
import { walkPictures } from '../data/node/files.ts';

/** Hears of what lies in a folder and is passed over: a pipe, a link that leads nowhere. */
export type OnSkipped = (path: string, what: string) => void;

/**
 * The files that `places` name, found while they are asked for: a file, all pictures in and below a folder, or what fits a pattern.
 * A name is taken as it is first, and as a pattern only where nothing is called so.
 * @throws YosegiError, before the first file is given, when a place has none
 */
export async function picturesAt(places: readonly string[], onSkipped?: OnSkipped): Promise<AsyncGenerator<string>> {
  const begun: { first: string; rest: AsyncGenerator<string> }[] = [];
  for (const place of places) {
    const rest = filesOf(place, onSkipped);
    const first = await rest.next();
    check(
      !first.done,
      () => `no images at '${place}': give a file, a folder with images, or a pattern such as "line3/*.jpg"`,
    );
    begun.push({ first: first.value, rest });
  }
  async function* all(): AsyncGenerator<string> {
    for (const { first, rest } of begun) {
      yield first;
      yield* rest;
    }
  }
  return all();
}

async function* filesOf(asked: string, onSkipped: OnSkipped | undefined): AsyncGenerator<string> {
  const place = (await spelt(asked)) ?? asked;
  const info = await stat(place).catch(() => undefined);
  if (info?.isDirectory()) {
    for await (const path of walkPictures(place, ({ name, what }) => onSkipped?.(join(place, name), what))) {
      yield join(place, path);
    }
    return;
  }
  // What is there but no regular file is refused where it is opened, with its reason.
  if (info) return yield place;
  const { folder, pattern } = await literalPart(process.platform === 'win32' ? place.replaceAll('\\', '/') : place);
  const forms = [...new Set(['NFC', 'NFD'].map((form) => pattern.normalize(form)).concat(pattern))];
  for (const found of (await glob(forms, { cwd: folder || '.', dot: false })).sort()) yield join(folder, found);
}

/** Parts a pattern after the last folder that exists as it is written: brackets in its name are no pattern. */
async function literalPart(place: string): Promise<{ folder: string; pattern: string }> {
  const parts = place.split('/');
  let known = 0;
  for (let k = 1; k < parts.length; k++) {
    const folder = `${parts.slice(0, k).join('/')}/`;
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) break;
    known = k;
  }
  const folder = parts.slice(0, known).join('/');
  return { folder: known > 0 && folder === '' ? '/' : folder, pattern: parts.slice(known).join('/') };
}
