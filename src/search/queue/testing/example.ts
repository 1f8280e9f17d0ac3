import type { AskedTrial } from '../queue.ts';

/** For tests: a trial that nobody really trains. */
export const example = (number: number, search = 'search'): AskedTrial => ({
  id: `${search}-${number}`,
  search,
  number,
  design: [number, 1],
  rung: 0,
  ms: 1.5,
  epochs: 2,
  training: { data: '/images', task: 'classify', model: 'ascan-nano', overrides: {}, size: 32, train: {} },
});

/** The truth about it. */
export const answerFor = ({ design }: AskedTrial, by = 'a test') => ({ figure: design[0]! / 100, seconds: 0.1, by });
