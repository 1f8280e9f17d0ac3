import { likeFirst } from '../channel-context.ts';
import { register } from '../op.ts';

/**
 * Where training drops something: `element` single values, `path` whole samples (stochastic depth, Huang et al. 2016).
 * A marker in the model graph: training replaces it by a product with a mask drawn on the host, everything else by its input
 * (train/mode).
 */
register({
  name: 'Dropout',
  view: 'whole',
  random: true,
  gradient: 'none',
  channels: likeFirst,
  domain: 'yosegi',
  infer: (c) => [c.type(0)],
  lower: (c) => [c.in(0)],
});
