import { percent } from '../base/text/percent.ts';
import type { Figure, Figures, Task } from '../tasks/task.ts';

const loss: Figure = { name: 'loss', label: 'loss', share: false };

/** The figure that a task is told by; before it is known, the loss. */
export const headlineOf = (task?: Task): Figure => task?.figures[0] ?? loss;

/** One figure, – where it was not measured. */
export function figureText({ name, share }: Figure, figures: Figures | null): string {
  const value = figures?.[name];
  if (value === undefined) return '–';
  return share ? percent(value) : value.toFixed(3);
}

/** The same figure of parts, which stand as `name@part`: those of exits, for instance. */
export function partsText({ name, share }: Figure, figures: Figures | null): string {
  const parts = Object.entries(figures ?? {}).filter(([key]) => key.startsWith(`${name}@`));
  if (parts.length === 0) return '';
  const each = parts.map(
    ([key, value]) => `${key.slice(name.length + 1)} ${share ? percent(value) : value.toFixed(3)}`,
  );
  return `(${each.join(', ')})  `;
}
