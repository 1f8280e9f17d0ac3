import { check } from '../base/errors.ts';
import { concatRows, gatherRows } from '../base/rows.ts';
import type { Tensor } from '../base/tensor.ts';
import { copyInto } from './into.ts';
import type { Program, Tensors } from './runtime.ts';

/** What a program says of an input: dimensions that it leaves open have names. */
export interface Declared {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/**
 * A program that was made for one picture (every input begins with a fixed 1), for any number of them: a batch runs picture by picture, and what comes
 * out is put together. All others stay as they are.
 */
export function oneByOne(program: Program, inputs: readonly Declared[]): Program {
  if (inputs.length === 0 || !inputs.every(({ shape }) => shape[0] === 1)) return program;
  return {
    ...program,
    async run(feeds, into) {
      const counts = new Set(inputs.map(({ name }) => feeds[name]?.shape[0] ?? 1));
      const [count] = counts;
      if (counts.size > 1 || count === 1) return program.run(feeds, into);
      const parts: Tensors[] = [];
      for (let i = 0; i < count!; i++) {
        const one = inputs.map(({ name }) => [name, gatherRows(feeds[name]!, [i])] as const);
        parts.push(await program.run({ ...feeds, ...Object.fromEntries(one) }));
      }
      return Object.fromEntries(
        program.outputs.map((name) => {
          const all = joined(
            name,
            parts.map((p) => p[name]!),
          );
          const given = into?.[name];
          if (given) copyInto(given, all, name);
          return [name, given ?? all];
        }),
      );
    },
  };
}

/** Along the first axis, which is that of the pictures. */
function joined(name: string, all: readonly Tensor[]): Tensor {
  const [first] = all;
  check(
    first && all.every(({ shape }) => shape[0] === 1 && shape.join() === first.shape.join()),
    () =>
      `the model takes one picture at a time, and '${name}' is [${all.map((t) => t.shape.join()).join('], [')}] of them: these cannot be put together. Run it with batch 1`,
  );
  return concatRows(all);
}
