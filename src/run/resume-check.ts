import type { Environment } from './provenance.ts';

/** What differs between where a run was trained so far and where it is to go on, in words; with any of it the weights become others. */
export function environmentChanges(then: Environment, now: Environment): string[] {
  const words = {
    yosegi: 'yosegi',
    runtime: 'the runtime',
    threads: 'threads',
    cpu: 'the processor',
    cores: 'cores',
    processes: 'processes together',
  };
  const of = (environment: Environment, key: keyof Environment) => environment[key] ?? 1;
  return (Object.keys(words) as (keyof Environment)[])
    .filter((key) => of(then, key) !== of(now, key))
    .map((key) => `${words[key]}: ${of(then, key)} before, ${of(now, key)} now`);
}

/** What a person is told who resumes where something has changed. */
export const changesText = (changes: readonly string[]): string =>
  `other weights would come of it than without the stop, as something has changed: ${changes.join('; ')}. ` +
  'Put it back as it was, or go on all the same with --allow-changes';
