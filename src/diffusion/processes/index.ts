import { oneOf } from '../../base/errors.ts';
import type { Process } from '../process.ts';
import { edm } from './edm.ts';
import { flow } from './flow.ts';
import { velocity } from './velocity.ts';

export const processes: readonly Process[] = [flow, edm, velocity];
export const processNames = ['flow', 'edm', 'v'] as const;

/** The process of this name; an unknown one is answered with the nearest. */
export const processNamed = (name: string): Process =>
  processes[processNames.indexOf(oneOf('process', name, processNames))]!;
