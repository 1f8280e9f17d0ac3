import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });

/** The version of this package. */
export async function yosegiVersion(): Promise<string> {
  // The same way up from src/base/node and from dist/base/node.
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return packageSchema.parse(JSON.parse(text)).version;
}
