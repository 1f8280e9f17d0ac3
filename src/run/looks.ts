import type { Tensor } from '../base/tensor.ts';
import type { Graph } from '../graph/graph.ts';
import { hoist } from '../graph/hoist.ts';
import { compile, type LoadOptions, type Program, type Runtime } from '../runtime/runtime.ts';
import type { Called } from '../tasks/making.ts';
import type { MakerPrograms } from './maker.ts';

/** The input that is another one in every look. */
const PICTURE = 'image';

/**
 * Programs of a shipped network that makes pictures: what depends on time and wish alone is a program of its own, which is run for
 * several looks at once. The numbers are the same.
 */
export async function openLooks(
  runtime: Runtime,
  g: Graph,
  weights: ReadonlyMap<string, Tensor>,
): Promise<Pick<MakerPrograms, 'program' | 'teller'>> {
  const load = (part: Graph, options: LoadOptions = {}) =>
    compile(runtime, part, { ...options, constants: weights, target: 'standard' });
  const parts = hoist(g, PICTURE);
  if (!parts) return { program: await load(g) };
  // Little work, between looks whose threads wait: threads of its own would be in their way.
  return { program: await load(parts.rest), teller: await load(parts.first, { threads: 1 }) };
}

/** How these programs are called. */
export function called(program: Program, teller?: Program): Called {
  const look: Called['look'] = (feeds) => program.run(feeds);
  if (!teller) return { look };
  const own = program.inputs.filter((name) => name !== PICTURE && !teller.outputs.includes(name));
  return {
    look,
    tell: async (feeds) => ({
      ...(await teller.run(Object.fromEntries(teller.inputs.map((name) => [name, feeds[name]!])))),
      ...Object.fromEntries(own.map((name) => [name, feeds[name]!])),
    }),
  };
}
