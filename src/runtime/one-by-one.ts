import { check } from '../base/errors.ts';
import { type Tensor, tensor } from '../base/tensor.ts';
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
        const one = inputs.map(({ name }) => [name, rowOf(feeds[name]!, i)] as const);
        parts.push(await program.run({ ...feeds, ...Object.fromEntries(one) }));
      }
      return Object.fromEntries(program.outputs.map((name) => [name, joined(name, parts, into?.[name])]));
    },
  };
}

function rowOf({ dtype, shape, data }: Tensor, i: number): Tensor {
  const size = data.length / shape[0]!;
  return { dtype, shape: [1, ...shape.slice(1)], data: data.subarray(i * size, (i + 1) * size) } as Tensor;
}

/** Along the first axis, which is that of the pictures. */
function joined(name: string, parts: readonly Tensors[], given: Tensor | undefined): Tensor {
  const all = parts.map((p) => p[name]!);
  const [first] = all;
  check(
    first && all.every(({ shape }) => shape[0] === 1 && shape.join() === first.shape.join()),
    () =>
      `the model takes one picture at a time, and '${name}' is [${all.map((t) => t.shape.join()).join('], [')}] of them: these cannot be put together. Run it with batch 1`,
  );
  const shape = [all.length, ...first.shape.slice(1)];
  const out = given ?? tensor(first.dtype, shape);
  check(
    out.shape.join() === shape.join(),
    () => `output '${name}' is [${shape}], the tensor given for it is [${out.shape}]`,
  );
  all.forEach((t, i) => {
    (out.data as Float32Array).set(t.data as Float32Array, i * t.data.length);
  });
  return out;
}
