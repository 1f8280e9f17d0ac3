import { z } from 'zod';
import { spread, spreadText } from '../../recipes/spread.ts';
import { markdownTable } from '../../src/base/text/table.ts';

/** What is left of a network, and what it knows. Shares are 0 … 1. */
const run = z.object({
  way: z.string(),
  seed: z.int(),
  /** On the test split, after recovery. */
  accuracy: z.number(),
  /** Multiply-adds as its own side counts them. */
  before: z.number(),
  macs: z.number(),
  parameters: z.number(),
  /** Processor seconds of pruning and recovery. */
  processor: z.number(),
});

export const peerSchema = z.object({ about: z.record(z.string(), z.string()), runs: z.array(run) });
export type Peer = z.infer<typeof peerSchema>;

export const resultsSchema = z.object({
  /** Where times were taken; nothing where they were not yet. */
  about: z.string(),
  /** Of the peer's packages. */
  versions: z.record(z.string(), z.string()).default({}),
  starts: z.array(z.object({ seed: z.int(), accuracy: z.number() })),
  ours: z.array(run),
  peer: z.array(run),
  times: z.array(z.object({ way: z.string(), side: z.enum(['ours', 'peer']), seed: z.int(), ms: z.number() })),
});
export type Results = z.infer<typeof resultsSchema>;

/** Markdown: a row for each way of each side, mean and standard deviation over the seeds. */
export function tableOf({ starts, ours, peer, times }: Results): string {
  const sides = { ours: { name: 'yosegi', runs: ours }, peer: { name: 'torch-pruning', runs: peer } };
  const row = (side: keyof typeof sides, way: string): string[] => {
    const runs = sides[side].runs.filter((r) => r.way === way);
    const ms = times.filter((t) => t.side === side && t.way === way).map((t) => t.ms);
    return [
      `${way}, ${sides[side].name}`,
      `${spreadText(runs.map((r) => r.accuracy))} %`,
      `${spreadText(runs.map((r) => r.macs / r.before))} %`,
      plain(runs.map((r) => r.parameters / 1e6)),
      plain(ms),
      plain(runs.map((r) => r.processor)),
    ];
  };
  const whole = (['ours', 'peer'] as const).map((side) =>
    plain(times.filter((t) => t.side === side && t.way === '').map((t) => t.ms)),
  );
  return markdownTable([
    ['', 'test accuracy', 'multiply-adds left', 'parameters, M', 'ms', 'processor seconds'],
    [
      'before',
      `${spreadText(starts.map((s) => s.accuracy))} %`,
      '100 %',
      '',
      whole.join('; as the peer exports it '),
      '',
    ],
    ...[...new Set(ours.map((r) => r.way))].flatMap((way) => [row('ours', way), row('peer', way)]),
  ]);
}

const plain = (values: readonly number[]): string => {
  if (values.length === 0) return '–';
  const [mean, deviation] = spread(values);
  return values.length > 1 ? `${mean.toFixed(2)} ± ${deviation.toFixed(2)}` : mean.toFixed(2);
};
