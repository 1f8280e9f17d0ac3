import { basename } from 'node:path';
import { check, messageOf, YosegiError } from '../base/errors.ts';
import type { Background, Image } from '../data/image.ts';
import { decodeImage } from '../data/node/decode.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import { type FromPicture, strengthOf } from '../run/from-picture.ts';

interface Flags {
  readonly from?: string;
  readonly mask?: string;
  readonly strength?: number;
}

/** What pictures begin as, and how their files say so. */
interface Read {
  readonly picture: FromPicture;
  readonly words: Readonly<Record<'From' | 'Strength', string> & { Mask?: string }>;
}

/**
 * Reads the picture and the mask that `generate` was given; nothing where it was given none.
 * @throws YosegiError where one cannot be read, or an option lacks the picture
 */
export async function readFrom(
  { from, mask, strength }: Flags,
  { background, size: [height, width] }: Preprocessing,
  note: (text: string) => void,
): Promise<Read | undefined> {
  if (from === undefined) {
    const lonely = mask !== undefined ? '--mask' : strength !== undefined ? '--strength' : undefined;
    check(lonely === undefined, () => `${lonely} is about the picture to begin with: give --from PICTURE too`);
    return undefined;
  }
  const picture = await decoded(from, background);
  // Where a mask is transparent nothing is to be done.
  const masked = mask === undefined ? {} : { mask: await decoded(mask, 'black') };
  const begin: FromPicture = { picture, ...masked, ...(strength !== undefined && { strength }) };
  if (picture.width !== width || picture.height !== height) {
    note(
      `${from} has ${picture.width}×${picture.height} pixels: it is fitted to ${width}×${height}, as pictures are for this network`,
    );
  }
  const words = { From: basename(from), Strength: String(strengthOf(begin)) };
  return { picture: begin, words: mask === undefined ? words : { ...words, Mask: basename(mask) } };
}

async function decoded(path: string, background: Background): Promise<Image> {
  try {
    return await decodeImage(path, { background });
  } catch (error) {
    throw new YosegiError(`${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}
