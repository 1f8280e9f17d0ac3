import { fpn, fpnPlain } from './fpn.ts';
import type { SegmentHead } from './head.ts';
import { light } from './light.ts';
import { upernet } from './upernet.ts';

/** Heads of segmentation by name, the default first. */
export const segmentHeads = { light, 'fpn-plain': fpnPlain, fpn, upernet } satisfies Record<string, SegmentHead>;
export type SegmentHeadName = keyof typeof segmentHeads;
export const segmentHeadNames = Object.keys(segmentHeads) as SegmentHeadName[];
