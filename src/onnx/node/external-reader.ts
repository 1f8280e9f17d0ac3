import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { OnnxFormatError } from '../wire/errors.ts';
import { checkLocation, type ReadExternal } from '../wire/external.ts';

/** The most one system call reads. */
const PIECE = 2 ** 30;

/**
 * Reads side files of the models in `folder`. A file must lie in the folder after symbolic links are followed, be an
 * ordinary file, and have the bytes asked for; otherwise an OnnxFormatError says so before anything is allocated.
 * All reads together stay within `maxBytes`: a hostile model may ask for the same gigabyte a thousand times.
 */
export function externalReader(folder: string, maxBytes = 8 * 2 ** 30): ReadExternal {
  let left = maxBytes;
  return (location, offset, length) => {
    checkLocation(location);
    if (length > left) {
      throw new OnnxFormatError(
        `the tensors in side files take more than ${maxBytes} bytes together: raise maxExternalBytes`,
      );
    }
    left -= length;
    try {
      return readRange(insideOf(folder, location), offset, length);
    } catch (error) {
      if (error instanceof OnnxFormatError) throw error;
      const text = `cannot read the side file '${location}' of a model in ${folder}: ${messageOf(error)}`;
      throw new OnnxFormatError(text, { cause: error });
    }
  };
}

function insideOf(folder: string, location: string): string {
  const root = realpathSync(folder);
  const file = realpathSync(join(root, ...location.split('/')));
  const way = relative(root, file);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new OnnxFormatError(
      `the side file '${location}' is a link out of the model's folder (to ${file}): put the file itself beside the model`,
    );
  }
  // Asked before opening: opening a pipe would wait for somebody to write into it.
  if (!statSync(file).isFile()) throw new OnnxFormatError(`the side file '${location}' is not an ordinary file`);
  return file;
}

function readRange(path: string, offset: number, length: number): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const { size } = fstatSync(file);
    if (offset + length > size) {
      throw new OnnxFormatError(`bytes ${offset} to ${offset + length} are asked of ${path}, which has ${size}`);
    }
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const got = readSync(file, bytes, at, Math.min(PIECE, length - at), offset + at);
      if (got === 0) throw new OnnxFormatError(`${path} became shorter while it was read`);
      at += got;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
