import { machine } from '../../measure/testing/machine.ts';
import type { ExitExample, ExitsRecord } from '../record.ts';

const names = ['early', 'late', 'end'];
const classes = ['scratch', 'ok', 'dent'];

/** For tests: an image that left. */
export function example(change: Partial<ExitExample> = {}): ExitExample {
  return { file: 'ok/1.jpg', truth: 'ok', predicted: 'ok', end: 'ok', passed: [0.97], ...change };
}

const times = (mean: number) => ({ mean, p50: mean, p95: 2 * mean });

/** For tests: a policy of three exits on 200 test images: half leave at the first, one is lost there, and a slower network is no better. */
export function record(change: Partial<ExitsRecord> = {}): ExitsRecord {
  const shares = [0.5, 0.3, 0.2];
  const result = { shares, accuracy: 0.95, macs: 20e6, ms: 3.3 };
  const thresholds = [0.9, 2];
  const report = {
    images: 200,
    exits: [0.8, 0.93, 0.955],
    policy: { ...result, thresholds },
    lost: 2,
    gained: 1,
    measured: { images: 100, parts: times(3.4), oneFile: times(3.1), whole: times(6.2) },
  };
  const at = (ms: number, accuracy: number) => ({ ...result, ms, accuracy, thresholds });
  const curve = [at(2, 0.81), at(3.3, 0.94), at(6, 0.96)];
  return {
    format: 1,
    kind: 'yosegi-exits',
    created: '2025-11-20T12:00:00.000Z',
    yosegi: '0.1.0',
    model: 'ascan-nano-perceiver',
    weights: 'a'.repeat(64),
    exits: names,
    classes,
    policy: { thresholds, always: [2], suspicion: 0.25 },
    budget: { kind: 'keep' },
    method: 'blend',
    miss: 0,
    machine: machine(),
    threads: 4,
    macs: [10e6, 25e6, 40e6],
    ms: [2, 4.3, 6.1],
    wholeMs: 6,
    curve: curve.map((p) => ({ ...p, test: { ...result, ms: p.ms, accuracy: p.accuracy - 0.01 } })),
    chosen: curve[1]!,
    val: { ...report, images: 60 },
    test: report,
    leavers: [
      {
        left: 100,
        wrong: 2,
        lost: 1,
        gained: 0,
        examples: [
          example({ file: 'scratch/1-0.jpg', truth: 'scratch', predicted: 'ok', end: 'scratch', passed: [0.93] }),
          example(),
        ],
      },
      {
        left: 60,
        wrong: 1,
        lost: 1,
        gained: 1,
        examples: [example({ file: 'ok/2.jpg', end: 'dent', passed: [0.61, 0.88] })],
      },
      { left: 40, wrong: 0, lost: 0, gained: 0, examples: [] },
    ],
    byClass: [
      [60, 40, 0],
      [40, 20, 0],
      [0, 0, 40],
    ],
    statics: [
      {
        name: 'alone',
        folder: 'runs/alone',
        model: 'ascan-nano',
        accuracy: 0.94,
        ms: 6.6,
        macs: 41e6,
        parameters: 4_000_000,
      },
    ],
    distribution: { exits: [30, 18, 12], confidence: { edges: [0.5], counts: [10, 50] } },
    ...change,
  };
}
