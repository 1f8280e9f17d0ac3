import { z } from 'zod';

/** One head to be timed at batch 1, and the peer's that does the same. */
export const headSubject = z.object({
  title: z.string(),
  task: z.enum(['detect', 'segment', 'anomaly']),
  size: z.tuple([z.int(), z.int()]).readonly(),
  /** Options of the task, as `yosegi train` has them. */
  options: z.record(z.string(), z.unknown()),
  /** What bench/dense/peer_speed.py calls its side. */
  peer: z.string(),
});
export type HeadSubject = z.infer<typeof headSubject>;

/** A tenth of the patches of 38 pictures, 32 × 32 of each. */
const ROWS = 3891;
const box = { task: 'detect', size: [320, 416] } as const;
const tile = { task: 'segment', size: [256, 256] } as const;

/** Heads on the same MobileNetV2: ours beside the peer's of the same kind, and our light ones beside the peer's only one. */
export const headSubjects: readonly HeadSubject[] = [
  { title: 'boxes, fpn head', ...box, options: { detectHead: 'fpn' }, peer: 'FCOS light' },
  { title: 'boxes, light head', ...box, options: { detectHead: 'light' }, peer: 'FCOS light' },
  { title: 'areas, fpn head', ...tile, options: { segmentHead: 'fpn' }, peer: 'smp FPN 256' },
  { title: 'areas, plain fpn head', ...tile, options: { segmentHead: 'fpn-plain' }, peer: 'smp FPN 256' },
  { title: 'areas, light head', ...tile, options: { segmentHead: 'light' }, peer: 'smp FPN 256' },
  {
    title: 'areas of a whole picture, fpn head',
    task: 'segment',
    size: [480, 1152],
    options: { segmentHead: 'fpn' },
    peer: 'smp FPN whole',
  },
  {
    title: 'areas of a whole picture, plain fpn head',
    task: 'segment',
    size: [480, 1152],
    options: { segmentHead: 'fpn-plain' },
    peer: 'smp FPN whole',
  },
  {
    title: `anomalies, memory of ${ROWS} patches`,
    task: 'anomaly',
    size: [256, 256],
    options: { rows: ROWS },
    peer: 'PatchCore',
  },
];

/** Scores above the threshold that come before NMS on every side, as a trained detector gives. */
export const CANDIDATES = 100;
