import { z } from 'zod';
import type { Manifest } from '../../bundle/manifest.ts';
import { ofMember } from '../../bundle/node/ordered.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Answers } from '../../tasks/node/task.ts';

/** What joined runs say of one picture: the answer of each member, by its name. */
interface JoinedAnswer {
  readonly answers: Readonly<Record<string, unknown>>;
}

/** Joined runs as one task: every member answers from its own outputs, with its own labels and options. */
export function joinedAnswers(members: NonNullable<Manifest['members']>): Answers {
  const each = members.map((m) => ({ ...m, task: taskNamed(m.task) }));
  const shapes = each.map(({ task }) => task.answering?.shape ?? {});
  const answersOf = (answer: unknown) => (answer as JoinedAnswer).answers;
  const drawing = each.filter(({ task }) => task.drawAnswer);
  return {
    name: 'join',
    answering: z.strictObject(Object.assign({}, ...shapes)),
    answer: z.object({ answers: z.object(Object.fromEntries(each.map(({ name, task }) => [name, task.answer]))) }),
    answerOf: (outputs, { placements, options }) => {
      const answers = each.map(({ name, task, labels }) => {
        const own = { classes: labels, placements, options: known(task, options) };
        return [name, task.answerOf(ofMember(outputs, name), own)] as const;
      });
      return { answers: Object.fromEntries(answers) } satisfies JoinedAnswer;
    },
    ...(drawing.length > 0 && {
      drawAnswer: (picture, answer) => {
        for (const { name, task, labels } of drawing) task.drawAnswer?.(picture, answersOf(answer)[name], labels);
      },
    }),
    columns: each.flatMap(({ name, task }) =>
      task.columns.map(({ head, words }) => ({ head: `${name}: ${head}`, words })),
    ),
    row: (answer, top) => each.flatMap(({ name, task }) => task.row(answersOf(answer)[name], top)),
    shortened: (answer, top) => {
      const short = each.map(({ name, task }) => [name, task.shortened(answersOf(answer)[name], top)] as const);
      return { answers: Object.fromEntries(short) };
    },
  };
}

/** The options that a task knows. */
function known({ answering }: Pick<Answers, 'answering'>, options: unknown): Record<string, unknown> {
  const shape = answering?.shape ?? {};
  return Object.fromEntries(Object.entries(options as object).filter(([name]) => Object.hasOwn(shape, name)));
}
