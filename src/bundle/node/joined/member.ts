import type { Value } from '../../../graph/value.ts';
import type { LoadedRun } from '../../../run/node/run-folder.ts';
import { taskNamed } from '../../../tasks/node/registry.ts';
import { type Form, shippedValues } from '../models.ts';

/** A run under the name that its outputs have. */
export interface Member {
  readonly name: string;
  readonly loaded: LoadedRun;
  /** The form of the bundle, with those options alone that the run's task knows. */
  readonly form: Form;
  /** What it ships, by name and in order. */
  readonly values: Readonly<Record<string, Value>>;
}

/** A run as it takes part in a joined bundle of this form. */
export function memberOf(name: string, loaded: LoadedRun, { embedPreprocessing, ship = {} }: Form): Member {
  const { shape } = taskNamed(loaded.run.task).ship.options;
  const own = Object.entries(ship).filter(([option]) => Object.hasOwn(shape, option));
  const form = { embedPreprocessing, ship: Object.fromEntries(own) };
  return { name, loaded, form, values: shippedValues(loaded, form) };
}
