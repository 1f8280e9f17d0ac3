import { Command } from 'commander';
import { messageOf } from '../base/errors.ts';
import { plain } from '../base/text/cells.ts';
import { classesText } from '../base/text/classes.ts';
import { type Replay, type Verification, verifyBundle } from '../bundle/node/verify.ts';
import { openRuntime } from '../runtime/node/open.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { choice } from './arguments.ts';

const devices = ['native', 'wasm'] as const;

interface Flags {
  device: 'all' | (typeof devices)[number];
  json?: boolean;
}

/** `yosegi verify BUNDLE`: checks every file and replays the golden inputs; exit code 1 when something is wrong. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check a bundle: its files, and what the model gives for the golden inputs')
    .argument('<bundle>', 'the folder of a bundle')
    .addOption(choice('--device <device>', 'where the golden inputs are replayed', ['all', ...devices]).default('all'))
    .option('--json', 'print everything as JSON')
    .action(async (folder: string, flags: Flags) => {
      const runtimes: Runtime[] = [];
      for (const device of flags.device === 'all' ? devices : [flags.device]) {
        try {
          runtimes.push(await openRuntime({ device }));
        } catch (error) {
          // With `all`, a machine without the native library is checked by the other runtime.
          if (flags.device !== 'all') throw error;
          process.stderr.write(`note: not replayed on ${device}: ${messageOf(error)}\n`);
        }
      }
      const result = await verifyBundle(folder, { runtimes });
      for (const runtime of runtimes) await runtime.close();
      process.stdout.write(`${flags.json ? JSON.stringify(result, null, 2) : verificationText(result)}\n`);
      if (!result.ok) process.exitCode = 1;
    });
}

/** A verification as text. */
export function verificationText({ ok, folder, manifest, files, findings, replays, notes }: Verification): string {
  const about = manifest
    ? [`${manifest.name}: ${manifest.model.name}`, ...classesOf(manifest.model), ...membersOf(manifest)].join(', ')
    : folder;
  const whole = findings.length === 0 ? [`✓ ${files} files are as they were written`] : [];
  const lines = [
    about,
    ...whole,
    ...findings.map((f) => `✗ ${f.file} ${f.problem}`),
    ...replays.map(replayText),
    ...notes.map((note) => `· ${note}`),
    ok ? 'The bundle is good.' : 'The bundle must not be used.',
    ...(ok ? ['(Checksums find damage. They are no signature: they do not say who wrote it.)'] : []),
  ];
  // Names come from a folder that is not trusted yet.
  return lines.map(plain).join('\n');
}

const classesOf = ({ classes }: { readonly classes: number }) => (classes > 0 ? [classesText(classes)] : []);

const membersOf = ({ members = [] }: NonNullable<Verification['manifest']>) =>
  members.map(({ name, task, labels }) => `${name} (${task}, ${classesText(labels.length)})`);

function replayText(r: Replay): string {
  if (r.error !== undefined) return `✗ ${r.runtime}: the model does not run: ${r.error}`;
  const limit = `tolerance ${r.tolerance.toExponential(1)}`;
  const seen = r.pictures > 0 ? `, ${r.pictures} of them from the picture on` : '';
  if (r.ok)
    return `✓ ${r.runtime}: ${r.images} golden inputs${seen}, largest difference ${r.worst.toExponential(1)} (${limit})`;
  return `✗ ${r.runtime}: golden input ${r.image} differs by ${r.worst.toExponential(1)} (${limit})`;
}
