import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';

const script = fileURLToPath(new URL('./testing/quiet-run.ts', import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs the script with a home and a temporary folder of its own; what it says and the files it leaves there. */
async function run(hows: readonly string[], setting?: string): Promise<{ said: string[]; files: string[] }> {
  const root = mkdtempSync(join(tmpdir(), 'yosegi-quiet-'));
  folders.push(root);
  const [home, temporary] = ['home', 'tmp'].map((name) => join(root, name)) as [string, string];
  for (const folder of [home, temporary]) mkdirSync(folder);
  // Nothing else of the environment: where CI is set, the library keeps quiet by itself.
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    USERPROFILE: home,
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...hows], {
    env: { ...env, ...(setting !== undefined && { ORT_DISABLE_TELEMETRY: setting }) },
  });
  // What tsx compiled lies in the temporary folder too.
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && !f.parentPath.includes('tsx-'))
    .map((f) => join(f.parentPath, f.name));
  return { said: stdout.trim().split('\n'), files };
}

it('leaves no file in the home or temporary folder from a worker, this thread, a child, or the library beside', async () => {
  const ours = await run(['worker', 'native', 'child']);
  expect(ours.said).toEqual(['2,4', '2,4', '2,4']);
  expect(ours.files).toEqual([]);
  const imported = await run(['import']);
  expect(imported.said).toEqual(['2,4']);
  expect(imported.files).toEqual([]);
});

it.runIf(process.platform === 'linux')('would find the files: the library leaves them when it is told to', async () => {
  const { said, files } = await run(['native'], '0');
  expect(said).toEqual(['2,4']);
  expect(files.length).toBeGreaterThan(0);
});

it('does not load the library in a worker that cannot switch it off, and says what to do', async () => {
  const { said, files } = await run(['own-worker']);
  expect(said[0]).toMatch(/not loaded: its telemetry .* main thread first, or .* ORT_DISABLE_TELEMETRY=1$/);
  expect(files).toEqual([]);
});
