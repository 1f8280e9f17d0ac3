import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { YosegiError } from '../../base/errors.ts';
import { checkFormat, conform, type Fail, jsonOf } from '../../base/json.ts';
import { recoverFolder } from '../../base/node/leftovers.ts';
import { readPlainFile } from '../../base/node/plain-file.ts';
import { sha256 } from '../../base/node/sha256.ts';
import { MANIFEST, type Manifest, manifestSchema, unsealManifest } from '../manifest.ts';

/** Something wrong with a file of a bundle. */
export class BundleError extends YosegiError {
  override readonly name: string = 'BundleError';
  /** Relative to the bundle. */
  readonly file: string;
  readonly problem: string;
  constructor(file: string, problem: string) {
    super(`the bundle is not as it was written: ${file} ${problem}`);
    this.file = file;
    this.problem = problem;
  }
}

/** No manifest is larger: a thousand files take a quarter of this. */
const MAX_MANIFEST = 2 ** 20;

/** Reads and checks manifest.json: its form, its checksum, and that every path in it is a plain one inside the bundle. */
export async function readManifest(folder: string): Promise<Manifest> {
  await recoverFolder(folder);
  const bytes = await readPlain(folder, MANIFEST, MAX_MANIFEST);
  const fail = failIn(MANIFEST);
  const text = utf8(bytes, fail);
  const value = jsonOf(text, fail);
  checkFormat(value, 'yosegi-bundle', 2, fail);
  const manifest = conform(value, manifestSchema, fail);
  if (sha256(unsealManifest(text, manifest.checksum)) !== manifest.checksum) {
    throw fail('was changed: its checksum does not fit its text');
  }
  return manifest;
}

const failIn =
  (file: string): Fail =>
  (problem) =>
    new BundleError(file, problem.replaceAll('\n', ' '));

/** The very characters of a file, so that its checksum can be computed again. */
function utf8(bytes: Uint8Array, fail: Fail): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw fail('is not UTF-8', error);
  }
}

/** The bytes of a listed file, after its size and SHA-256 were checked. */
export async function readListed(folder: string, manifest: Manifest, path: string): Promise<Uint8Array> {
  const entry = manifest.files.find((f) => f.path === path);
  if (!entry) throw new BundleError(path, 'is not listed in the manifest');
  const bytes = await readPlain(folder, path, entry.bytes);
  if (bytes.length !== entry.bytes) {
    throw new BundleError(path, `has ${bytes.length} bytes, the manifest says ${entry.bytes}`);
  }
  if (sha256(bytes) !== entry.sha256)
    throw new BundleError(path, 'was changed: its SHA-256 is not the one in the manifest');
  return bytes;
}

const readPlain = (folder: string, path: string, most: number) =>
  readPlainFile(join(folder, path), most, (problem) => new BundleError(path, problem));

/** Everything in the folder that the manifest does not list, links and empty folders included. */
export async function unexpected(folder: string, manifest: Manifest): Promise<string[]> {
  const files = new Set([MANIFEST, ...manifest.files.map((f) => f.path)]);
  const folders = new Set(manifest.files.flatMap((f) => (f.path.includes('/') ? [f.path.split('/')[0]!] : [])));
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) {
      if (!files.has(entry.name)) found.push(entry.name);
    } else if (folders.has(entry.name)) {
      for (const inner of await readdir(join(folder, entry.name))) {
        if (!files.has(`${entry.name}/${inner}`)) found.push(`${entry.name}/${inner}`);
      }
    } else found.push(`${entry.name}/`);
  }
  return found.sort();
}

/** A listed JSON file, checked by its schema. */
export async function readListedJson<T>(
  folder: string,
  manifest: Manifest,
  path: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const fail = failIn(path);
  return conform(jsonOf(utf8(await readListed(folder, manifest, path), fail), fail), schema, fail);
}
