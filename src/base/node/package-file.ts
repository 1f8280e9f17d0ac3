import { fileURLToPath } from 'node:url';

/** The path of a file or folder that comes with this package, from the package's root. */
export const packageFile = (path: string): string =>
  // The same way up from src/base/node, dist/base/node and dist/bin/node.
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));
