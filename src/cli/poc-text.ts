import { join } from 'node:path';
import { shellPath } from '../base/node/shell.ts';
import { digits, duration } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import type { PocFound } from '../poc/node/poc-run.ts';
import type { PocRecord } from '../poc/record.ts';
import { type Next, ROUNDS, spent } from '../poc/rounds.ts';
import type { PocStory } from '../poc/story.ts';
import type { PocTrial } from '../poc/trial.ts';

const valueText = ({ figure }: PocRecord, value: number) => (figure.share ? percent(value) : digits(value));

/** `round 1 of 3: fine-tune-128, 2 epochs; 3 min of 1 h 0 min` */
export function nextText({ candidate, round, epochs }: Next, { record, trials }: PocFound): string {
  const long = epochs === 0 ? '' : `, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
  return `round ${round + 1} of ${ROUNDS}: ${candidate.name}${long}; ${duration(spent(trials))} of ${duration(record.seconds)}`;
}

/** `  accuracy 95.1 %  4.2 ms  (41 s)` */
export function pocTrialText(trial: PocTrial, { record }: PocFound): string {
  const took = `(${duration(trial.seconds)})`;
  if (trial.value === null) return `  ${trial.candidate} is left out: ${trial.refused} ${took}`;
  const ms = trial.ms === null ? '' : `  ${digits(trial.ms)} ms`;
  return `  ${trial.candidate}: ${record.figure.label} ${valueText(record, trial.value)}${ms}  ${took}`;
}

/** Everything that was tried, what is recommended, and where to look. */
export function pocText({ record, rows, chosen }: PocStory, winner: string, pages: readonly string[]): string {
  const cells = rows.map(({ candidate, last }) => [
    candidate.name === chosen.candidate ? '→' : '',
    candidate.name,
    last?.value == null ? '–' : `${last.epochs}`,
    last?.value == null ? '–' : valueText(record, last.value),
    last?.ms == null ? '–' : digits(last.ms),
    last?.value == null ? (last?.refused ?? 'not tried') : '',
  ]);
  return [
    table([['', 'tried', 'epochs', `validated ${record.figure.label}`, 'ms', ''], ...cells], { left: [0, 1, 5] }),
    `recommended: ${chosen.candidate}, of those that were trained longest the fastest that ${record.validated} validation images cannot tell from the best of them`,
    `the run: ${shellPath(winner)}; the folder that ships: ${shellPath(join(winner, 'bundle'))}`,
    `the page: ${pages.map((page) => shellPath(page)).join(', ')}`,
  ].join('\n');
}
