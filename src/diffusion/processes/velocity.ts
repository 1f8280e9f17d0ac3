import { evenly, type Process } from '../process.ts';

/** γ of the min-SNR weights. */
const GAMMA = 5;
/** Of a training picture, so that neither signal nor noise is nothing at all. */
const EDGE = 1e-3;

/**
 * v-prediction on a cosine schedule (Salimans & Ho 2022, arXiv 2202.00512, §4): x = cos(πt/2) x₀ + sin(πt/2) ε, v = cos(πt/2) ε − sin(πt/2) x₀
 * is predicted; weights min(SNR, 5) / (SNR + 1) (Hang et al. 2023, arXiv 2303.09556).
 */
export const velocity: Process = {
  name: 'v',
  about: 'v-prediction on a cosine schedule with min-SNR weights',
  draws: 'uniform',
  timeOf: (m, drawn) => m.add(m.mul(drawn, 1 - 2 * EDGE), EDGE),
  levelAt: (m, time) => {
    const angle = m.mul(time, Math.PI / 2);
    const [signal, noise] = [m.cos(angle), m.sin(angle)];
    const [power, rest] = [m.mul(signal, signal), m.mul(noise, noise)];
    return {
      signal,
      noise,
      input: 1,
      embed: time,
      skip: signal,
      out: m.mul(noise, -1),
      towards: { picture: m.mul(noise, -1), noise: signal },
      // With SNR = power / rest, both above and below times rest; power + rest = 1.
      weight: m.min(power, m.mul(rest, GAMMA)),
    };
  },
  times: (steps, share = 1) => evenly(Math.atan2(share, 1 - share) / (Math.PI / 2), 0, steps),
  judged: [0.2, 0.4, 0.6, 0.8],
};
