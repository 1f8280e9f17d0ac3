import { evenly, type Process } from '../process.ts';

/**
 * Times are shifted towards noise, as their odds times this number (Esser et al. 2024, §5.3.2, who take 3 for large pictures): neighbouring pixels
 * are alike, so that a noisy picture shows what it is of until there is hardly anything but noise; what a picture is of, its class, is
 * learnt there. Without it 1 of 600 pictures was noisier than 0.95, and short trainings made the same of every class.
 */
const SHIFT = 3;
const shifted = (t: number) => (SHIFT * t) / (1 + (SHIFT - 1) * t);
const unshifted = (t: number) => t / (SHIFT - (SHIFT - 1) * t);

/**
 * Rectified flow (Liu et al. 2023, arXiv 2209.03003): x = (1 − t) x₀ + t ε along a straight line, whose direction ε − x₀ is predicted; times
 * are drawn logit-normal (Esser et al. 2024, arXiv 2403.03206, §3.1), shifted.
 */
export const flow: Process = {
  name: 'flow',
  about: 'rectified flow with logit-normal times',
  draws: 'normal',
  timeOf: (m, drawn) => m.sigmoid(m.add(drawn, Math.log(SHIFT))),
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
  times: (steps, share = 1) => evenly(unshifted(share), 0, steps).map(shifted),
  judged: [0.2, 0.5, 0.8, 0.95],
};
