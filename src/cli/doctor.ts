import { Command } from 'commander';
import { yosegiVersion } from '../base/node/version.ts';
import { type Check, diagnose } from '../runtime/node/doctor/diagnose.ts';
import { number } from './arguments.ts';

interface Flags {
  json?: boolean;
  timeout: number;
}

/** `yosegi doctor`: which runtimes and devices work on this machine, and why not; exit code 1 when no runtime works. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('find out which runtimes work on this machine, how fast they are, and what to do about the others')
    .option('--json', 'print everything as JSON')
    .option('--timeout <s>', 'most seconds for one probe', number(0.1, 3600), 60)
    .action(async ({ json, timeout }: Flags) => {
      const print = (line: string) => process.stdout.write(`${line}\n`);
      const version = await yosegiVersion();
      if (!json) print(`yosegi ${version}`);
      const result = await diagnose({ seconds: timeout, onCheck: json ? undefined : (c) => print(checkText(c)) });
      print(json ? JSON.stringify({ yosegi: version, ...result }, null, 2) : verdict(result.device));
      const wish = process.env.YOSEGI_DEVICE;
      if (wish && !json) print(`The environment variable YOSEGI_DEVICE=${wish} decides where --device is not given.`);
      if (!result.works) process.exitCode = 1;
    });
}

const marks = { ok: 'ok', no: 'no', none: '–' } as const;

/** One aligned line, and one more that says what to do. */
export function checkText({ name, state, summary, advice }: Check): string {
  const line = `${name.padEnd(8)} ${marks[state].padEnd(3)} ${summary.replaceAll('\n', ' ')}`;
  return advice ? `${line}\n${' '.repeat(13)}→ ${advice}` : line;
}

function verdict(device: 'native' | 'wasm' | null): string {
  if (device === 'native') return 'Models run on the native library.';
  if (device === 'wasm') return 'Models run on WebAssembly, some times slower than on the native library.';
  return 'No runtime works here: see above what to do.';
}
