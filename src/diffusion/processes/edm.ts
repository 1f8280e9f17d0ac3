import type { Process } from '../process.ts';

/** Standard deviation of the pictures' values, mean 0.5 and deviation 0.5 taken off; the paper's number. */
const DATA = 0.5;
/** ln σ of a training picture: mean and deviation. */
const MEAN = -1.2;
const SPREAD = 1.2;
const LARGEST = 80;
const SMALLEST = 0.002;
const RHO = 7;

/**
 * EDM (Karras et al., NeurIPS 2022, arXiv 2206.00364, table 1): x = x₀ + σ ε, the time being σ; input and output are scaled so that both have
 * unit variance.
 */
export const edm: Process = {
  name: 'edm',
  about: 'EDM: noise of any strength on the picture, scaled to unit variance',
  draws: 'normal',
  timeOf: (m, drawn) => m.exp(m.add(m.mul(drawn, SPREAD), MEAN)),
  levelAt: (m, sigma) => {
    const total = m.add(m.mul(sigma, sigma), DATA ** 2);
    const root = m.sqrt(total);
    return {
      signal: 1,
      noise: sigma,
      input: m.div(1, root),
      embed: m.div(m.log(sigma), 4),
      skip: m.div(DATA ** 2, total),
      out: m.div(m.mul(sigma, DATA), root),
      towards: { picture: m.div(sigma, m.mul(root, DATA)), noise: m.div(-DATA, root) },
      weight: 1,
    };
  },
  times: (steps, share = 1) => {
    const largest = Math.min(LARGEST, share / (1 - share));
    const [from, to] = [largest ** (1 / RHO), Math.min(SMALLEST, largest / 2) ** (1 / RHO)];
    const last = Math.max(1, steps - 1);
    return [...Array.from({ length: steps }, (_, i) => (from + ((to - from) * i) / last) ** RHO), 0];
  },
  judged: [0.1, 0.3, 1, 3],
};
