import { likeFirst } from '../channel-context.ts';
import { register } from '../op.ts';

/** Its input; no gradient goes through. What a student learns from must not learn from the student. */
register({
  name: 'StopGradient',
  view: 'whole',
  channels: likeFirst,
  domain: 'yosegi',
  infer: (c) => [c.type(0)],
  lower: (c) => [c.in(0)],
  gradient: 'stops',
});
