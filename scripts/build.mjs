// `npm run build`: tsdown, begun again where it does not end: its bundler (rolldown 1.0.0-rc.17) sometimes waits for itself for ever, idle.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsdown = createRequire(import.meta.url).resolve('tsdown/run');
/** Three times what a build takes on two cores. */
const LONGEST = 75_000;
const TURNS = 8;

/** Builds a part of the package (see tsdown.config.ts) into `more`'s folders, or dist/; returns its exit code, after what it printed where it failed. */
export function build(part, more = []) {
  const env = { ...process.env, YOSEGI_BUILD: part };
  const options = { cwd: root, encoding: 'utf8', env, timeout: LONGEST, killSignal: 'SIGKILL' };
  for (let turn = 1; ; turn++) {
    const { status, stdout, stderr, error } = spawnSync(process.execPath, [tsdown, ...more], options);
    if (status === 0) return 0;
    const hangs = error?.code === 'ETIMEDOUT';
    if (hangs && turn < TURNS) {
      process.stderr.write(`the build of the ${part} does not end: it is begun again\n`);
      continue;
    }
    // Its warnings are about what a bundler would do, and mean nothing where it succeeds.
    process.stderr.write(`${stdout}${stderr}${hangs ? 'it did not end\n' : ''}`);
    return status ?? 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = build('package');
