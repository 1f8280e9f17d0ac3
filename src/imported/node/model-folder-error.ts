import { join } from 'node:path';
import { YosegiError } from '../../base/errors.ts';

/** Something wrong with a file of a model folder. */
export class ModelFolderError extends YosegiError {
  override readonly name: string = 'ModelFolderError';
  /** The file's name in the folder. */
  readonly file: string;
  constructor(folder: string, file: string, problem: string, cause?: unknown) {
    super(`${join(folder, file)} ${problem}`, { cause });
    this.file = file;
  }
}
