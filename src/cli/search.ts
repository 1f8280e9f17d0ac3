import { join } from 'node:path';
import { Command, Option } from 'commander';
import { check } from '../base/errors.ts';
import { shellPath } from '../base/node/shell.ts';
import { parseBytes } from '../base/text/bytes.ts';
import { writeWhy } from '../report/search/node/write.ts';
import type { Hooks } from '../run/node/fit.ts';
import { generatorNames } from '../search/generator.ts';
import { searchRun } from '../search/node/search-run.ts';
import { shownPlace } from '../search/queue/node/open.ts';
import { spaceNames } from '../search/spaces/spaces.ts';
import { taskNames } from '../tasks/node/registry.ts';
import { choice, number, shareOfAll, size, whole } from './arguments.ts';
import { checkKept } from './given.ts';
import { millions, preferred, rungs, spaceAt, usual } from './search-options.ts';
import { designText, partsText, resultText, trialText } from './search-text.ts';
import { trainHooks } from './train-hooks.ts';
import { untilSignal } from './until-signal.ts';

interface Flags {
  out: string;
  space: string;
  task?: string;
  size?: [number, number];
  ms?: number;
  parameters?: number;
  macs?: number;
  memory?: number;
  accuracy?: number;
  prefer?: string;
  hours: number;
  trials?: number;
  rungs: number[];
  epochs: number;
  batch?: number;
  lr?: number;
  generator: (typeof generatorNames)[number];
  threads: number;
  seed: number;
  ablate?: boolean;
  queue?: string;
  ahead?: number;
  resume?: boolean;
  force?: boolean;
}

/** `yosegi search DIR --space turbovit --ms 5 --hours 2 --out S`: the design that is best on these images and fast enough here. */
export function searchCommand(): Command {
  return new Command('search')
    .description('find the network that is best on a folder of images and fast enough on this machine, then train it')
    .argument('[dir]', 'folder of images, as for train')
    .requiredOption('--out <folder>', 'folder of the search; the best network is trained in <folder>/winner')
    .option(
      '--space <name>',
      `designs to choose from: ${spaceNames.join(', ')}, or a JSON file (see docs/guides/search.md)`,
      'turbovit',
    )
    .addOption(choice('--task <name>', 'what is learned (default: what the folder’s data is for)', taskNames))
    .option('--size <pixels>', 'image size, e.g. 64 or 96x128 (height x width)', size)
    .option('--ms <ms>', 'most milliseconds for one picture on this machine', number(0))
    .option('--parameters <n>', 'most parameters, e.g. 2M', millions)
    .option('--macs <n>', 'most multiply-adds for one picture, e.g. 300M', millions)
    .option('--memory <size>', 'most memory for one picture, its weights and its values, e.g. 8MB', parseBytes)
    .option('--accuracy <share>', 'least of the task’s leading figure on the validated pictures, e.g. 90%', shareOfAll)
    .option(
      '--prefer <what>',
      `what counts, as exponents: accuracy=2,parameters=0.5,macs=0.5,ms=0 is NetScore (default: ${usual})`,
    )
    .option('--hours <h>', 'time for the search, all its parts together', number(0), 1)
    .option('--trials <n>', 'most trainings', whole(1, 1e6))
    .addOption(
      new Option('--rungs <list>', 'epochs of the short trainings; the best third goes on to the next')
        .argParser(rungs)
        .default([2, 6, 18]),
    )
    .option('--epochs <n>', 'epochs of the winner’s own training; 0: it is not trained', whole(0, 100_000), 60)
    .option(
      '--ablate',
      'when the time is over, train every neighbour of the best design too (one choice changed), which tells what each of its choices is worth',
    )
    .option('--batch <n>', 'images in one step of all trainings (default: as for train)', whole(1, 4096))
    .option('--lr <rate>', 'peak learning rate of all trainings', number(0))
    .addOption(choice('--generator <name>', 'where designs come from', generatorNames).default('learned'))
    .option('--threads <n>', 'threads that milliseconds are measured with', whole(1, 1024), 1)
    .option('--seed <n>', 'seed of everything that is random', whole(0), 0)
    .option(
      '--queue <place>',
      'let others train, each with `yosegi worker --queue`: a folder that all machines see, redis://… or postgres://…',
    )
    .option('--ahead <n>', 'with --queue: trials that wait for a worker (default: 2)', whole(1, 1000))
    .option('--resume', 'go on with a search that was stopped, with its own options')
    .option('--force', 'replace a search that is already in --out')
    .action(run);
}

async function run(dir: string | undefined, flags: Flags, command: Command): Promise<void> {
  const { out, hours, trials, epochs, ablate, resume, queue, ahead } = flags;
  check(resume || dir !== undefined, 'which folder of images? yosegi search DIR --space turbovit --out FOLDER');
  // What is asked anew: how long, who trains, and what becomes of the winner.
  const anew = ['out', 'resume', 'hours', 'trials', 'epochs', 'ablate', 'queue', 'ahead'];
  if (resume) checkKept('a resumed search', dir, command, anew);
  const begin = resume ? undefined : await beginning(dir!, flags);
  const shown = trainHooks(join(out, 'winner'));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (queue !== undefined) say(`trials are trained by: yosegi worker --queue ${shellPath(shownPlace(queue))}`);
  let phase: 'begin' | 'search' | 'winner' = 'begin';
  // The short trainings are told in a line each; the winner's own is shown like any other.
  const ofWinner =
    <A extends readonly unknown[]>(hook: ((...about: A) => void) | undefined) =>
    (...about: A) => {
      if (phase === 'winner') hook?.(...about);
    };
  const { onStart, onStep, onEpoch, onScan } = shown.hooks;
  const told: Hooks = {
    onStart: ofWinner(onStart),
    onStep: ofWinner(onStep),
    onEpoch: ofWinner(onEpoch),
    onScan: (done, of) => (phase === 'search' ? undefined : onScan?.(done, of)),
    onNotice: say,
  };
  const done = await untilSignal({ say: shown.say, hooks: told }, (hooks, signal, begun) =>
    searchRun({
      out,
      ...(begin && { begin }),
      seconds: 3600 * hours,
      ...(trials !== undefined && { trials }),
      epochs,
      ...(ablate && { ablate }),
      hooks,
      signal,
      ...(queue !== undefined && { queue }),
      ...(ahead !== undefined && { ahead }),
      onJob: () => {
        phase = 'search';
        if (queue !== undefined) begun();
      },
      onTrial: (trial, found) => say(trialText(trial, found, 3600 * hours)),
      onAblate: (found, most) =>
        say(`one choice of the best is changed at a time, ${most} designs at most: ${designText(found)}`),
      onWinner: (found) => {
        phase = 'winner';
        say(`the winner is trained for ${epochs} epochs: ${designText(found)}`);
      },
    }),
  );
  const parts = partsText(done);
  if (parts) say(parts);
  await writeWhy(out, done);
  if (done.trained) shown.finish(done.trained);
  process.stdout.write(`${resultText(done, out)}\n`);
}

async function beginning(data: string, flags: Flags) {
  const {
    task,
    size: pixels,
    ms,
    parameters,
    macs,
    memory,
    accuracy,
    generator,
    seed,
    threads,
    batch,
    lr,
    force,
  } = flags;
  return {
    data,
    space: await spaceAt(flags.space),
    generator,
    limits: {
      ...(ms !== undefined && { ms }),
      ...(parameters !== undefined && { parameters }),
      ...(macs !== undefined && { macs }),
      ...(memory !== undefined && { memory }),
      ...(accuracy !== undefined && { accuracy }),
    },
    weights: preferred(flags.prefer),
    rungs: flags.rungs,
    seed,
    threads,
    train: { seed, ...(batch !== undefined && { batch }), ...(lr !== undefined && { lr }) },
    ...(task !== undefined && { task }),
    ...(pixels && { size: pixels }),
    force: force ?? false,
  };
}
