import { evenly, type Process } from '../process.ts';

/**
 * Rectified flow (Liu et al. 2023, arXiv 2209.03003): x = (1 − t) x₀ + t ε along a straight line, whose direction ε − x₀ is predicted; times
 * are drawn logit-normal, most of them in the middle (Esser et al. 2024, arXiv 2403.03206, §3.1).
 */
export const flow: Process = {
  name: 'flow',
  about: 'rectified flow with logit-normal times',
  draws: 'normal',
  timeOf: (m, drawn) => m.sigmoid(drawn),
  levelAt: (m, time) => ({
    signal: m.sub(1, time),
    noise: time,
    input: 1,
    embed: time,
    skip: 1,
    out: m.mul(time, -1),
    towards: { picture: -1, noise: 1 },
    weight: 1,
  }),
  times: (steps, share = 1) => evenly(share, 0, steps),
  judged: [0.2, 0.4, 0.6, 0.8],
};
