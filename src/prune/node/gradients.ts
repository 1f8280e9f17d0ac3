import { check } from '../../base/errors.ts';
import { shellPath } from '../../base/node/shell.ts';
import { f32 } from '../../base/tensor.ts';
import { networkOf } from '../../run/node/network-of.ts';
import { type LoadedRun, readStored } from '../../run/node/run-folder.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { adapterProducts } from '../adapter-products.ts';
import type { Criterion, Summed } from '../importance.ts';
import { type Asked, summedOverBatches } from './taylor.ts';

/** What is differentiated to tell what channels are worth, and whether what is left after a step can be asked again. */
interface Source {
  readonly asked: (loaded: LoadedRun) => Asked | Promise<Asked>;
  readonly again: boolean;
}

const sources: Partial<Record<Criterion, Source>> = {
  taylor: { asked: wholeNetwork, again: true },
  // What is left is trained whole: nothing is beside its layers any more.
  adapters: { asked: adaptersAlone, again: false },
};

/** @throws YosegiError where a criterion cannot be asked as often */
export function checkSteps(criterion: Criterion, steps: number): void {
  check(
    steps === 1 || sources[criterion]?.again !== false,
    () =>
      `--by ${criterion} is for one step: what is left is trained whole, with nothing beside its layers. Leave out --steps, or take --by taylor`,
  );
}

/**
 * Of some batches of a run's own pictures, what `importanceOf` asks for where gradients tell what a channel is worth; nothing where they do not.
 * @throws YosegiError where the run has nothing that could be differentiated so
 */
export async function gradientsFor(
  criterion: Criterion,
  loaded: LoadedRun,
  data: string,
  runtime: Runtime,
): Promise<Summed[]> {
  const source = sources[criterion];
  return source ? summedOverBatches(await source.asked(loaded), data, runtime) : [];
}

/** Every parameter times its gradient; what was learned beside layers is in their weights, where it can go there. */
function wholeNetwork({ folder, run, model, weights }: LoadedRun): Asked {
  return {
    ...{ folder, run, weights, network: networkOf({ run, model }), trainable: () => true },
    products: ({ params, grads }) =>
      Object.entries(params.tensors).map(([name, { shape, data }]) => {
        const gradient = grads.tensors[`grad:${name}`]!.data;
        return [
          name,
          f32(
            shape,
            data.map((w, at) => w * gradient[at]!),
          ),
        ] as const;
      }),
  };
}

/** What the gradients of a run's adapters say of the weights that they stand beside. */
async function adaptersAlone({ folder }: LoadedRun): Promise<Asked> {
  const { run, adapted, weights } = await readStored(folder);
  const path = shellPath(folder);
  check(
    adapted && adapted.layers.length > 0,
    () =>
      `--by adapters reads gradients of what is learned beside layers, and ${folder} has nothing there: take --by taylor, or adapt first ` +
      `(yosegi train DIR --adapt lora --out RUN; or the run beside a diff)`,
  );
  const { model, layers, added } = adapted;
  check(
    layers.every(({ form }) => form.merged),
    () =>
      `what ${folder} learned stays beside its layers, so its gradients say nothing of their weights: yosegi prune ${path} --by taylor`,
  );
  return {
    ...{ folder, run, weights, network: networkOf({ run, model }), trainable: (name) => added.has(name) },
    products: ({ grads }) => adapterProducts(layers, weights, (name) => grads.tensors[`grad:${name}`]?.data),
  };
}
