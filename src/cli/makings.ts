import { tasks } from '../tasks/node/registry.ts';
import { pickOptions } from './schema-options.ts';

/** Options of making pictures, of every task that makes some. */
export const makings = tasks.flatMap(({ makes }) => (makes ? [makes.options] : []));

/** Their names as flags. */
export const makingNames: readonly string[] = makings.flatMap(({ shape }) => Object.keys(shape));

/** What was chosen of them. */
export const pickMaking = (flags: object): Record<string, unknown> =>
  Object.assign({}, ...makings.map((options) => pickOptions(options, flags)));
