import { digits } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import { conditionText } from './conditions.ts';
import type { Robustness, Under } from './record.ts';

/** How answers hold under what a camera does, as terminal text; `of` says which pictures were judged. */
export function robustnessText(r: Robustness, of: string): string {
  const { name, label } = r.figure;
  const value = ({ figures }: Under) => (r.figure.share ? percent(figures[name]!) : digits(figures[name]!));
  const exits = r.plain.exits !== undefined;
  const row = (what: string, under: Under) => [
    what,
    value(under),
    ...(under.exits
      ? [percent(under.exits.accuracy), under.exits.shares.map((s) => percent(s)).join(' '), under.exits.drift]
      : []),
  ];
  const worst = worstOf(r);
  return [
    `${label} of ${of}, ${r.images} images, under what a camera does to them (at the network’s input size):`,
    table([
      ['', label, ...(exits ? ['with early exits', 'leaving at each', 'monitor'] : [])],
      row('as they are', r.plain),
      ...r.conditions.map((c) => row(conditionText(c), c)),
    ]),
    ...(worst ? [`most is lost under ${conditionText(worst)}: ${value(worst)} instead of ${value(r.plain)}`] : []),
  ].join('\n');
}

/** The condition under which the figure is worst; undefined where none makes it worse. */
function worstOf({ figure, plain, conditions }: Robustness): Robustness['conditions'][number] | undefined {
  const of = ({ figures }: Under) => figures[figure.name]!;
  const [worst] = [...conditions].sort((a, b) => of(a) - of(b));
  return worst && of(worst) < of(plain) ? worst : undefined;
}
