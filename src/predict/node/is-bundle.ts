import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST } from '../../bundle/manifest.ts';

/** Whether a folder is a bundle, not a run. */
export const isBundle = (folder: string): Promise<boolean> =>
  stat(join(folder, MANIFEST)).then(
    () => true,
    () => false,
  );
