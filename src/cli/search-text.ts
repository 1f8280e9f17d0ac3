import { join } from 'node:path';
import { shellPath } from '../base/node/shell.ts';
import { digits, duration, short } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import type { Found, SearchResult } from '../search/node/search-run.ts';
import { front, scored } from '../search/search.ts';
import { choicesOf, settle, settledText } from '../search/space.ts';
import type { Trial } from '../search/trial.ts';

/** `trial 12  6 epochs  accuracy 81.3 %  2.31 ms  0.42M parameters | best 88.1 %, 3.20 ms | 14 min of 2 h 0 min, 41 an hour` */
export function trialText(trial: Trial, { record, trials, winner }: Found, seconds: number): string {
  const spent = trials.reduce((s, t) => s + t.seconds, 0);
  const rate = (3600 * trials.length) / Math.max(1, spent);
  const what =
    trial.accuracy === null
      ? `not trained: ${trial.refused}`
      : `${record.rungs[trial.rung]} epochs  ${percent(trial.accuracy)}`;
  const early = trial.exits ? ` (${digits(trial.exits.end)} to the end)` : '';
  const size = `${trial.ms === null ? '–' : digits(trial.ms)} ms${early}  ${short(trial.parameters)} parameters`;
  const best = winner ? `best ${percent(winner.accuracy)}, ${digits(winner.ms)} ms` : 'none kept to the limits yet';
  return `trial ${trial.number + 1}  ${what}  ${size} | ${best} | ${duration(spent)} of ${duration(seconds)}, ${rate.toFixed(0)} an hour`;
}

export function designText({ space, winner }: Found): string {
  if (!winner) return '–';
  return settledText(settle(space, winner.design));
}

/** `times of blocks: 34 kept from before, 12 measured (~/.cache/yosegi/blocks/….json)`; undefined where none were asked for. */
export function partsText({ parts: { kept, measured, file } }: SearchResult): string | undefined {
  if (kept + measured === 0) return undefined;
  return `times of blocks: ${kept} kept from before, ${measured} measured (${shellPath(file)})`;
}

/** How far the most accurate design was from the least that was asked for. */
function mostAccurate({ trials, record }: Found): string {
  const { accuracy: least } = record.limits;
  const most = Math.max(...scored(trials, record).map((t) => t.accuracy));
  return least === undefined || most < 0
    ? ''
    : `: the most accurate reached ${percent(most)}, at least ${percent(least)} was asked for`;
}

export function resultText(result: SearchResult, out: string): string {
  const { trials, winner, record, space, stopped } = result;
  const place = shellPath(out);
  const again = `go on with: yosegi search --resume --out ${place}`;
  if (!winner)
    return `no design kept to the limits in ${trials.length} trials${mostAccurate(result)}; ${stopped ? again : 'allow more, or search for longer'}`;
  const rows = front(trials, record).map((t) => [
    `${record.rungs[t.rung]}`,
    percent(t.accuracy),
    digits(t.ms),
    short(t.parameters),
    choicesOf(space)
      .map(({ values }, i) => values[t.design[i]!])
      .join(' '),
  ]);
  return [
    `${trials.length} trials; what nothing beats in accuracy and time (accuracy as far as is known after the longest short training):`,
    table(
      [
        [
          'epochs',
          'validated',
          'ms',
          'parameters',
          choicesOf(space)
            .map(({ name }) => name)
            .join(', '),
        ],
        ...rows,
      ],
      { left: [4] },
    ),
    `best: ${designText(result)}`,
    `why: ${shellPath(join(out, 'why.html'))} (日本語: ${shellPath(join(out, 'why.ja.html'))})`,
    nextText(result, place, again, shellPath(join(out, 'winner'))),
  ].join('\n');
}

const nextText = ({ stopped, trained }: SearchResult, place: string, again: string, run: string) =>
  stopped
    ? again
    : trained
      ? `next: yosegi eval ${run}; yosegi report ${run}; yosegi export ${run}`
      : `next: yosegi search --resume --hours 0 --epochs 60 --out ${place} (trains the best)`;
