import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from '../src/base/errors.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
const pythonIn = (venv: string) =>
  process.platform === 'win32' ? join(venv, 'Scripts/python.exe') : join(venv, 'bin/python');

/**
 * The Python that runs the peers: of the environment that YOSEGI_PEERS names, or of bench/.venv, which is made on first use
 * (a download of about 1 GB).
 */
export function peerPython(note: (text: string) => void): string {
  const given = process.env.YOSEGI_PEERS;
  if (given) {
    const python = pythonIn(given);
    check(
      existsSync(python),
      () => `YOSEGI_PEERS is '${given}', but there is no ${python}; name a Python venv with torch`,
    );
    return python;
  }
  const venv = join(root, 'bench/.venv');
  const done = join(venv, 'complete');
  const list = join(root, 'bench/peers/requirements.txt');
  const wanted = readFileSync(list, 'utf8');
  // An environment that was made for another list is filled up.
  if (!existsSync(done) || readFileSync(done, 'utf8') !== wanted) {
    note('making bench/.venv with PyTorch (once; set YOSEGI_PEERS to a venv that has it to skip this)');
    run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', venv]);
    mkdirSync(venv, { recursive: true });
    writeFileSync(join(venv, '.gitignore'), '*\n');
    run(pythonIn(venv), ['-m', 'pip', 'install', '-r', list]);
    writeFileSync(done, wanted);
  }
  return pythonIn(venv);
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  check(
    status === 0,
    () => `'${command} ${args.join(' ')}' failed${error ? `: ${error.message}` : ` (exit ${status})`}`,
  );
}
