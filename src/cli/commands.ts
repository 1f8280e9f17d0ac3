import type { Command } from 'commander';

/**
 * Every verb of the command line, in the order of its help. A verb's file is read when it is asked for: reading all of them takes a
 * second of a processor.
 */
const verbs: Readonly<Record<string, () => Promise<() => Command>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand,
  data: async () => (await import('./data.ts')).dataCommand,
  import: async () => (await import('./import.ts')).importCommand,
  train: async () => (await import('./train.ts')).trainCommand,
  distill: async () => (await import('./distill.ts')).distillCommand,
  adapt: async () => (await import('./adapt.ts')).adaptCommand,
  diffs: async () => (await import('./diffs.ts')).diffsCommand,
  merge: async () => (await import('./merge.ts')).mergeCommand,
  prune: async () => (await import('./prune.ts')).pruneCommand,
  search: async () => (await import('./search.ts')).searchCommand,
  worker: async () => (await import('./worker.ts')).workerCommand,
  poc: async () => (await import('./poc.ts')).pocCommand,
  eval: async () => (await import('./eval.ts')).evalCommand,
  exits: async () => (await import('./exits.ts')).exitsCommand,
  predict: async () => (await import('./predict.ts')).predictCommand,
  generate: async () => (await import('./generate.ts')).generateCommand,
  bench: async () => (await import('./bench.ts')).benchCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  join: async () => (await import('./join.ts')).joinCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  info: async () => (await import('./info.ts')).infoCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
};

/** The verb of that name alone; all of them where there is none, as for help, or for what it may have been meant to be. */
export async function commandsFor(asked: string | undefined): Promise<Command[]> {
  const one = asked !== undefined && Object.hasOwn(verbs, asked) ? verbs[asked] : undefined;
  const wanted = one ? [one] : Object.values(verbs);
  return Promise.all(wanted.map(async (load) => (await load())()));
}
