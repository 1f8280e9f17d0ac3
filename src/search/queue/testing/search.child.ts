import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from '../../generator.ts';
import type { Probes } from '../../job.ts';
import { asking } from '../../node/asking.ts';
import { readTrials, writeTrials } from '../../node/journal.ts';
import { weightsSchema } from '../../score.ts';
import { search } from '../../search.ts';
import { openQueue } from '../node/open.ts';
import { choices, rungs, SOON } from './made-up.ts';

// For tests: a search of a made-up space that asks a queue for its trainings, until there is a file `enough`; killed, it goes on.
const [place, out] = process.argv.slice(2);
const queue = await openQueue(place!, SOON);
const trials = await readTrials(out!);
const weights = weightsSchema.parse({});
const cost: Probes['cost'] = async (design) => ({ parameters: 1e6, macs: 1e6 * (1 + design[0]!) });
const asks = asking({
  queue,
  record: { created: 'then', data: '/images', machine: 'this', seed: 7 },
  trainingOf: () => ({ data: '/images', task: 'classify', model: 'none', overrides: {}, size: 32, train: {} }),
  every: 120,
  ahead: 3,
  signal: new AbortController().signal,
});
const all = [...trials];
await search({
  // To learn takes more of a processor than all the rest.
  generator: chance(choices),
  inquisitor: { learn: () => {}, ask: (candidates) => [...candidates], effects: () => [] },
  probes: { cost, time: async () => 1, train: asks.train },
  crew: asks.crew,
  underWay: await asks.underWay(trials, cost),
  limits: {},
  weights,
  rungs,
  seed: 7,
  trials,
  goOn: () => !existsSync(join(out!, 'enough')),
  onTrial: async (trial) => {
    all.push(trial);
    await writeTrials(out!, all);
    await asks.settle(trial);
  },
});
await queue.close();
