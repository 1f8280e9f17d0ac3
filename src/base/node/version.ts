import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { packageFile } from './package-file.ts';
import { parseJson } from './read-json.ts';

const packageSchema = z.object({ version: z.string() });

/** The version of this package. */
export async function yosegiVersion(): Promise<string> {
  const text = await readFile(packageFile('package.json'), 'utf8');
  return parseJson(text, packageSchema, 'package.json', 'Install yosegi again.').version;
}
