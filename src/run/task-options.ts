import { z } from 'zod';
import { check } from '../base/errors.ts';
import type { Task } from '../tasks/task.ts';
import type { Run } from './records.ts';

/** Complete, checked options of a task from a part of them; throws naming every field that is wrong. */
export function checkedTaskOptions(task: Task, parts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  const parsed = task.options.safeParse(given);
  check(parsed.success, () => `the options of ${task.name} are not valid: ${z.prettifyError(parsed.error!)}`);
  return parsed.data;
}

/** The task's options that a run was made with; none for a model that was only imported. */
export function taskOptionsOf({ options }: Pick<Run, 'options'>): Record<string, unknown> {
  return z.object({ task: z.record(z.string(), z.unknown()).default({}) }).parse(options).task;
}
