import type { Tensor } from '../../base/tensor.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Manifest } from '../manifest.ts';

/** What a bundle gave, with rows whose order means nothing in the order of `wanted`; of joined runs as each member's task has it. */
export function ordered(
  { task, members }: Pick<Manifest, 'task' | 'members'>,
  wanted: Tensors,
  actual: Tensors,
): Tensors {
  if (!members) return taskNamed(task).ship.inOrder?.(wanted, actual) ?? actual;
  const each = members.flatMap((m) => {
    const own = ordered({ task: m.task }, ofMember(wanted, m.name), ofMember(actual, m.name));
    return Object.entries(own).map(([output, t]) => [`${m.name}/${output}`, t] as const);
  });
  return Object.fromEntries(each);
}

/** The outputs of one member of joined runs, under the names that they have in its own export. */
export function ofMember(outputs: Tensors, name: string): Record<string, Tensor> {
  const own = Object.entries(outputs).filter(([output]) => output.startsWith(`${name}/`));
  return Object.fromEntries(own.map(([output, t]) => [output.slice(name.length + 1), t]));
}
