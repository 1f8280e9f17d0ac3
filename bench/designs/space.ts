import { random } from '../../src/base/random.ts';
import { type Choice, choicesOf, type Design, type Space, spaceOf } from '../../src/search/space.ts';

const choose = (as: string, ...values: (string | number)[]) => ({ choose: values, as });

/** Small enough that every design of it can be trained: a searcher is then replayed without a guess. The first choice splits it in halves. */
export const space: Space = spaceOf(
  {
    name: 'designs',
    about: 'AsCAN at 48 pixels, small: expansion, widths, and where attention stands',
    model: 'ascan-micro',
    size: 48,
    overrides: {
      expand: choose('expand', 2, 4),
      stem: 16,
      headDim: 24,
      widths: [16, choose('width 1', 24, 48), choose('width 2', 48, 96), 96],
      layout: {
        join: [
          'C',
          choose('stage 1', 'C', 'CC', 'CT'),
          choose('stage 2', 'C', 'CC', 'CT'),
          choose('stage 3', 'C', 'CT'),
        ],
        with: '|',
      },
    },
  },
  'bench/designs/space.ts',
);

/** Every design of a space. */
const allDesigns = (choices: readonly Choice[]): Design[] =>
  choices.reduce<Design[]>((all, { values }) => all.flatMap((d) => values.map((_, v) => [...d, v])), [[]]);

/** In the order in which they are trained: the half with the first value of the first choice, then the other, each shuffled. */
export function inOrder(seed = 1): Design[] {
  const drawn = allDesigns(choicesOf(space)).map((design) => ({
    design,
    place: design[0]! + random(seed, 'designs', ...design).uniform(),
  }));
  return drawn.sort((a, b) => a.place - b.place).map(({ design }) => design);
}
