import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

/** Built code stands as deep in the repository as the sources: it finds package.json and the demo's pictures the same way up. */
const OUT = '.built';

/**
 * Vitest's global setup: builds the command line once for all tests that start it, as it is shipped. From the sources each start
 * compiles them again, which takes 2.3 of 3.7 seconds of a core. Watching, or where only tests of other rooms run, it is left out,
 * and `start` takes the sources.
 */
export default function setup({ config }: TestProject): void {
  const asked = process.argv.filter((a) => a.includes('src/'));
  if (config.watch || (asked.length > 0 && !asked.some((a) => a.includes('cli')))) return;
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const made = newest(join(root, 'src'));
  // What `npm run build` has made of these very sources does as well.
  const main = [join(root, 'dist'), join(root, OUT)].map((folder) => join(folder, 'cli', 'main.js'));
  let ready = main.find((file) => changed(file) >= made);
  if (!ready) {
    ready = main.at(-1)!;
    const tsdown = createRequire(import.meta.url).resolve('tsdown/run');
    const args = [tsdown, '--out-dir', dirname(ready)];
    const env = { ...process.env, YOSEGI_BUILD: 'command-line' };
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env });
    if (status !== 0) throw new Error(`the command line does not build: ${stderr}`);
  }
  process.env.YOSEGI_TEST_MAIN = ready;
}

function newest(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testing' ? 0 : newest(path);
    return entry.name.endsWith('.test.ts') ? 0 : changed(path);
  });
  return Math.max(0, ...times);
}

const changed = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
