import { join } from 'node:path';
import { Command, Option } from 'commander';
import { check, YosegiError } from '../base/errors.ts';
import { shellPath } from '../base/node/shell.ts';
import { hasExits } from '../exits/program/cut.ts';
import { languages } from '../page/format.ts';
import { ways } from '../poc/candidate.ts';
import { WINNER } from '../poc/node/begin.ts';
import { pocRun } from '../poc/node/poc-run.ts';
import type { PocRecord } from '../poc/record.ts';
import { storyOf } from '../poc/story.ts';
import { readReport, saveReport } from '../report/node/report.ts';
import { loadRun } from '../run/node/run-folder.ts';
import { taskNames } from '../tasks/node/registry.ts';
import { choice, number, whole } from './arguments.ts';
import { benchCommand } from './bench.ts';
import { evalCommand } from './eval.ts';
import { exitsCommand } from './exits.ts';
import { exportCommand } from './export.ts';
import { checkKept } from './given.ts';
import { nextText, pocText, pocTrialText } from './poc-text.ts';
import { trainHooks } from './train-hooks.ts';
import { untilSignal } from './until-signal.ts';
import { verifyCommand } from './verify.ts';

interface Flags {
  out: string;
  hours: number;
  ms?: number;
  lang: (typeof languages)[number] | 'both';
  task?: string;
  ways: (typeof ways)[number][];
  threads?: number;
  seed: number;
  resume?: boolean;
  force?: boolean;
}

/** `yosegi poc DIR --hours 2`: what somebody who knows the trade would try, within a time, and one page for the meeting. */
export function pocCommand(): Command {
  return new Command('poc')
    .description('a proof of concept: try what makes sense on a folder of images, measure it here, write one page')
    .argument('[dir]', 'folder of images, as for train')
    .requiredOption('--out <folder>', 'folder to write; the recommended model is the run <folder>/winner')
    .option('--hours <h>', 'time for all trainings together', number(0), 1)
    .option('--ms <ms>', 'most milliseconds for one picture on this machine', number(0))
    .addOption(choice('--lang <lang>', 'language of the page', [...languages, 'both']).default('en'))
    .addOption(choice('--task <name>', 'what is learned (default: what the folder’s data is for)', taskNames))
    .addOption(new Option('--ways <way...>', 'what is tried (default: everything)').choices(ways).default([...ways]))
    .option('--threads <n>', 'threads that milliseconds are measured with (default: all cores)', whole(1, 1024))
    .option('--seed <n>', 'seed of everything that is random', whole(0), 0)
    .option('--resume', 'go on with one that was stopped, with its own options')
    .option('--force', 'replace one that is already in --out')
    .action(run);
}

async function run(dir: string | undefined, flags: Flags, command: Command): Promise<void> {
  const { out, resume, lang, ...asked } = flags;
  check(resume || dir !== undefined, 'which folder of images? yosegi poc DIR --out FOLDER');
  if (resume) checkKept('a proof of concept that goes on', dir, command, ['out', 'resume', 'lang']);
  const shown = trainHooks(join(out, WINNER));
  const { onEpoch: _, onStart: __, ...hooks } = shown.hooks;
  const done = await untilSignal({ ...shown, hooks }, (told, signal) =>
    pocRun({
      out,
      ...(!resume && { begin: { data: dir!, ...asked } }),
      hooks: told,
      signal,
      onNext: (next, found) => shown.say(nextText(next, found)),
      onTrial: (trial, found) => shown.say(pocTrialText(trial, found)),
    }),
  );
  if (!done.chosen || process.exitCode) {
    const page = lang === 'en' ? '' : ` --lang ${lang}`;
    return shown.say(`stopped; go on with: yosegi poc --resume --out ${shellPath(out)}${page}`);
  }
  const winner = join(out, WINNER);
  const failed = await measuredAndShipped(winner, done.record, shown.say);
  const input = { ...(await readReport(winner)), poc: storyOf(done.record, done.trials, done.chosen) };
  const pages: string[] = [];
  for (const one of lang === 'both' ? languages : [lang]) {
    const name = one === 'en' ? 'poc.html' : `poc.${one}.html`;
    pages.push((await saveReport(input, winner, one, join(out, name))).path);
  }
  process.stdout.write(`\n${pocText(input.poc, winner, pages)}\n`);
  if (failed.length > 0) {
    process.exitCode = 1;
    shown.say(`did not work, and the page says nothing of it: ${failed.join('; ')}`);
  }
}

/** The verbs that a user would type now, one after another; those that fail, and why. */
async function measuredAndShipped(
  winner: string,
  { seconds, threads }: PocRecord,
  say: (line: string) => void,
): Promise<string[]> {
  const { model } = await loadRun(winner);
  const on = ['--threads', String(threads)];
  // A short proof of concept is not measured for longer than it was trained.
  const measuring = ['--seconds', String(Math.max(0.05, Math.min(1, seconds / 3600)))];
  const steps: [Command, string[]][] = [
    ...(hasExits(model) ? [[exitsCommand(), [winner, ...on]] as [Command, string[]]] : []),
    [evalCommand(), [winner, '--robust']],
    [benchCommand(), [winner, ...measuring, '--threads', [...new Set([1, threads])].join(',')]],
    [exportCommand(), [winner, '--force']],
    [verifyCommand(), [join(winner, 'bundle')]],
  ];
  const failed: string[] = [];
  for (const [verb, args] of steps) {
    say(`\n$ yosegi ${verb.name()} ${args.map((arg) => (arg.startsWith('-') ? arg : shellPath(arg))).join(' ')}`);
    try {
      await verb.parseAsync(args, { from: 'user' });
      if (process.exitCode) failed.push(`${verb.name()} ended with ${process.exitCode}`);
    } catch (error) {
      if (!(error instanceof YosegiError)) throw error;
      failed.push(`${verb.name()}: ${error.message}`);
    }
    process.exitCode = undefined;
  }
  return failed;
}
