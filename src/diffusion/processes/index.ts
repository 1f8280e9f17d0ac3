import { oneOf } from '../../base/errors.ts';
import type { Process } from '../process.ts';
import { edm } from './edm.ts';
import { flow } from './flow.ts';
import { velocity } from './velocity.ts';

const byName = { flow, edm, v: velocity } as const;
type ProcessName = keyof typeof byName;
export const processes: readonly Process[] = Object.values(byName);
export const processNames = Object.keys(byName) as [ProcessName, ...ProcessName[]];

/** The process of this name; an unknown one is answered with the nearest. */
export const processNamed = (name: string): Process => byName[oneOf('process', name, processNames)];
