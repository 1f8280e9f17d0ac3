import { check } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { channelsOf } from '../graph/channels.ts';
import { graphCost } from '../graph/cost.ts';
import { dropChannels } from '../graph/drop-channels.ts';
import type { Graph } from '../graph/graph.ts';
import { type Criterion, needsGradients, type Summed } from './importance.ts';
import { droppedAt, ranked } from './select.ts';

/** The form of a network without some of its channels. */
export interface Slimmer {
  readonly graph: Graph;
  readonly parameters: number;
  readonly macs: number;
  /** Share of the channels that may go which went. */
  readonly share: number;
}

/** A network without some of its channels. */
export interface Pruned extends Slimmer {
  readonly weights: Map<string, Tensor>;
}

export interface PruneOptions {
  readonly criterion?: Criterion;
  /** Where gradients tell what a channel is worth: of some batches, each parameter times its gradient (`gradientsFor`). */
  readonly products?: readonly Summed[];
  /** Channels are compared all over the network (the default), or each group loses the same share. */
  readonly global?: boolean;
}

/** Steps of the search for a share. */
const STEPS = 8;

/**
 * Takes whole channels out of any network, wherever the operators' records say that they hang together (convolutions, grouped and
 * depthwise ones, normalisations, heads of attention, concatenations, residual sums, reshapes). The smallest share of them goes with which
 * `meets` is true of what is left.
 * @throws YosegiError where not even a twentieth of the channels would do
 */
export async function pruneTo(
  g: Graph,
  weights: ReadonlyMap<string, Tensor>,
  meets: (form: Slimmer) => boolean | Promise<boolean>,
  { criterion = 'magnitude', products = [], global = true }: PruneOptions = {},
): Promise<Pruned> {
  check(
    !needsGradients(criterion) || products.length > 0,
    'what a channel means for the loss is known from gradients alone: give products',
  );
  const channels = channelsOf(g);
  const order = ranked(channels, { criterion, weights, products });
  check(
    order.groups.length > 0,
    () => `${g.name} has no channels that could go: everything in it is measured or given`,
  );
  const without = (share: number, own: ReadonlyMap<string, Tensor>) =>
    dropChannels(g, own, channels, droppedAt(order, share, global));
  // How fast a form is does not hang on its numbers: they are cut once, at the end.
  const at = (share: number): Slimmer => {
    const { graph } = without(share, new Map());
    const { parameters, macs } = graphCost(graph, { N: 1 });
    return { graph, parameters, macs, share };
  };
  const most = at(0.95);
  check(
    await meets(most),
    () => `${g.name} does not become that small: with 95 % of its channels gone it has ${most.macs} multiply-adds`,
  );
  let [low, high, best] = [0, 0.95, most];
  for (let i = 0; i < STEPS; i++) {
    const share = (low + high) / 2;
    const tried = at(share);
    if (await meets(tried)) [high, best] = [share, tried];
    else low = share;
  }
  return { ...best, ...without(best.share, weights) };
}
