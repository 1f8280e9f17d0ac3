import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from './read-json.ts';

const packageSchema = z.object({ version: z.string() });

/** The version of this package. */
export async function yosegiVersion(): Promise<string> {
  // The same way up from src/base/node and from dist/base/node.
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return parseJson(text, packageSchema, 'package.json', 'Install yosegi again.').version;
}
