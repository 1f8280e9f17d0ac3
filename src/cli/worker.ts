import { Command, Option } from 'commander';
import { check } from '../base/errors.ts';
import { percent } from '../base/text/percent.ts';
import type { Hooks } from '../run/node/fit.ts';
import { workerRun } from '../search/node/worker-run.ts';
import { shownPlace } from '../search/queue/node/open.ts';
import type { Outcome } from '../search/queue/node/work.ts';
import type { AskedTrial } from '../search/queue/queue.ts';
import { settledText } from '../search/space.ts';
import { choice, number, whole } from './arguments.ts';
import { isGiven } from './given.ts';
import { duration, statusLine } from './progress.ts';
import { untilStopped } from './until-signal.ts';
import { QUEUE_VARIABLE, scriptFor, scriptNames } from './worker-scripts.ts';

interface Flags {
  queue: string;
  data?: string;
  threads?: number;
  idle?: number;
  trials?: number;
  print?: (typeof scriptNames)[number];
  workers: number;
  cpus: number;
  memory: number;
  hours: number;
  image?: string;
}

/** `yosegi worker --queue FOLDER`: trains what a search on another machine asks for. */
export function workerCommand(): Command {
  return new Command('worker')
    .description(
      'train what `yosegi search --queue` asks for, here and on as many machines as there are, until it is told to stop',
    )
    .addOption(
      new Option(
        '--queue <place>',
        'the queue of the search: a folder that all machines see, redis://… or postgres://…',
      )
        .env(QUEUE_VARIABLE)
        .makeOptionMandatory(),
    )
    .option('--data <dir>', 'where the images are on this machine (default: where the search has them)')
    .option('--threads <n>', 'threads of each training (default: all cores of this machine)', whole(1, 1024))
    .option('--idle <minutes>', 'end after so long without work (default: wait for ever)', number(0))
    .option('--trials <n>', 'end after so many trials', whole(1))
    .addOption(choice('--print <what>', 'write what starts many workers on a cluster, instead of working', scriptNames))
    .option('--workers <n>', 'with --print: how many', whole(1, 100_000), 10)
    .option('--cpus <n>', 'with --print: cores of each', whole(1, 1024), 2)
    .option('--memory <gib>', 'with --print: memory of each', number(0.25), 4)
    .option('--hours <h>', 'with --print: time after which they end', number(0.05), 2)
    .option('--image <name>', 'with --print kubernetes: an image of a container with yosegi in it')
    .action(run);
}

/** What speaks of many workers. */
const many = ['workers', 'cpus', 'memory', 'hours', 'image'];

async function run(flags: Flags, command: Command): Promise<void> {
  const { print, image } = flags;
  if (print === undefined) {
    const given = many.filter(isGiven(command));
    check(given.length === 0, () => `--${given[0]} is for many workers: say with --print for what cluster`);
    return worked(flags);
  }
  check(print !== 'kubernetes' || image, 'say with --image in which container image yosegi is');
  process.stdout.write(scriptFor(print, { ...flags, image: image ?? '' }));
}

async function worked({ queue, data, threads, idle, trials }: Flags): Promise<void> {
  const line = statusLine();
  const say = (text: string) => {
    line.clear();
    process.stderr.write(`${text}\n`);
  };
  const hooks: Hooks = {
    onNotice: say,
    onStep: ({ epoch, batch, batches, eta }) =>
      line.show(`epoch ${epoch + 1}  step ${batch}/${batches}  ${duration(eta)} left`),
  };
  const first = () => {
    say('stopping: what is under way is given back; press Ctrl-C again to stop at once');
    return undefined;
  };
  await untilStopped(first, (signal) =>
    workerRun({
      queue,
      ...(data !== undefined && { data }),
      ...(threads !== undefined && { threads }),
      ...(trials !== undefined && { trials }),
      ...(idle !== undefined && { idle: 60 * idle }),
      signal,
      hooks,
      onOpen: () => say(`waiting for trials in ${shownPlace(queue)}; Ctrl-C stops`),
      onTake: (trial) => say(takenText(trial)),
      onEnd: (trial, outcome) => say(outcomeText(trial, outcome)),
    }),
  );
}

const takenText = ({ number, training, epochs }: AskedTrial) =>
  `trial ${number + 1}: ${settledText(training)}, ${epochs} epochs`;

function outcomeText({ number }: AskedTrial, outcome: Outcome): string {
  const trial = `trial ${number + 1}`;
  if (outcome === 'given back') return `${trial}: given back`;
  if (outcome === 'lost')
    return `${trial}: nobody waits for its answer any more; it was given to another worker or taken back`;
  const { figure, seconds, problem } = outcome;
  return `${trial}: ${problem ? `cannot be trained: ${problem}` : percent(figure)}, ${duration(seconds)}`;
}
