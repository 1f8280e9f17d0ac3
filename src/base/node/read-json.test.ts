import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { readJson } from './read-json.ts';

const schema = z.object({ n: z.int() });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yosegi-json-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'x.json');
  await writeFile(path, text);
  return readJson(path, schema, 'Make it again.');
}

it('gives what the schema has, also behind a byte order mark', async () => {
  expect(await read('{"n": 3}')).toEqual({ n: 3 });
  expect(await read('\ufeff{"n": 3}')).toEqual({ n: 3 });
});

it('gives nothing where there is no file', async () => {
  expect(await readJson(join(folder, 'none.json'), schema, '')).toBeUndefined();
  expect(await readJson(join(folder, 'x.json', 'below'), schema, '')).toBeUndefined();
});

it('names the file, what is wrong, and what to do', async () => {
  await expect(read('{"n": 3')).rejects.toThrow(/x\.json is not JSON \(.*\)\. Make it again\./);
  await expect(read('{"n": 0.5}')).rejects.toThrow(
    /x\.json is not what this version of yosegi expects: [\s\S]*n[\s\S]*Make it again\./,
  );
  await expect(readJson(folder, schema, '')).rejects.toThrow(/cannot be read: it is a folder/);
});
