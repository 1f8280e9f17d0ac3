import { loadavg } from 'node:os';
import { type LoadAverage, shown } from './load.ts';
import type { Peer } from './protocol.ts';

/** What stands above results: what they are about, and of what. */
export type Facts = readonly (readonly [string, string])[];

export const now = (load: LoadAverage = loadavg()) => `${new Date().toISOString()}, load average ${shown(load)}`;

/** What both sides say of the machine and of themselves, by the request `info`. */
export async function factsOf(ours: Peer, torch: Peer, threads: number): Promise<Facts> {
  const [mine, theirs] = [await ours.ask('info'), await torch.ask('info')];
  return [
    ['machine', `${theirs.cpu}, ${threads} cores, ${mine.memoryGiB} GiB, ${mine.os}, ${theirs.capability}`],
    ['yosegi', `${mine.runtime}, Node ${mine.node}`],
    [
      'peer',
      `torch ${theirs.torch}, ${theirs.libraries ? `${theirs.libraries}, ` : ''}Python ${theirs.python}, ${theirs.threads} threads`,
    ],
  ];
}

export const spanFacts = (started: string, after: LoadAverage, threads: number): Facts => [
  ['started', started],
  ['ended', `${now(after)} (the bench itself keeps ${threads} cores busy)`],
];
