import { oneOf } from '../../base/errors.ts';
import { anomaly } from '../anomaly/node/anomaly.ts';
import { classify } from '../classify/node/classify.ts';
import { detect } from '../detect/node/detect.ts';
import { distill } from '../distill/node/distill.ts';
import { generate } from '../generate/node/generate.ts';
import { segment } from '../segment/node/segment.ts';
import type { NodeTask } from './task.ts';

/** Every task there is. A folder of data that several could read belongs to the first. */
export const tasks: readonly NodeTask[] = [classify, anomaly, segment, detect, generate, distill];

export const taskNames: readonly string[] = tasks.map(({ name }) => name);

/** The task of this name; an unknown one is answered with the nearest. */
export function taskNamed(name: string): NodeTask {
  return tasks[taskNames.indexOf(oneOf('task', name, taskNames))]!;
}
