import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file or folder that comes with this package, from the package's root. */
export const packageFile = (path: string): string => join(root(), path);

/** The package's own folder: sources and what is built of them do not lie equally deep in it. */
function root(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return folder;
  }
}
