import { register } from '../op.ts';

/** Its input; no gradient goes through. What a student learns from must not learn from the student. */
register({
  name: 'StopGradient',
  domain: 'yosegi',
  attrs: {},
  infer: (c) => [c.type(0)],
  cost: () => ({ macs: 0, flops: 0 }),
  lower: (c) => [c.in(0)],
  gradient: () => [undefined],
});
