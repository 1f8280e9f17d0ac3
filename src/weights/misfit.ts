import type { Misshapen } from './fit.ts';

/** What is wrong between a state dict and a model. */
interface Misfit {
  readonly missing: readonly string[];
  readonly misshapen: readonly Misshapen[];
  readonly surplus: readonly string[];
  /** The number of the model's tensors where the file has none of them, else 0. */
  readonly stranger: number;
  /** Only the head does not fit. */
  readonly headOnly: boolean;
}

/** Says why stored weights do not fit a model: names, shortened where there are many, and what to do. */
export function misfit(model: string, { missing, misshapen, surplus, stranger, headOnly }: Misfit): string {
  const start = `the weights do not fit ${model}`;
  if (stranger > 0) {
    const theirs = surplus.length > 0 ? ` (it has ${listed(surplus)})` : '';
    return `${start}: the file has none of its ${stranger} tensors, such as '${missing[0]}'${theirs}. It is of another architecture`;
  }
  const problems: string[] = [];
  if (missing.length > 0) problems.push(`${tensors(missing.length)} missing: ${listed(missing)}`);
  if (misshapen.length > 0) {
    const shapes = misshapen.map((m) => `${m.name} is [${m.stored}] and should be [${m.wanted}]`);
    problems.push(`${tensors(misshapen.length)} of another shape: ${listed(shapes, '; ')}`);
  }
  if (surplus.length > 0) problems.push(`not part of the model: ${listed(surplus)}`);
  const advice = headOnly
    ? 'The stored head is for other classes: let it be replaced'
    : 'Choose the model and the options that the weights were trained with';
  return `${start}. ${problems.join('. ')}. ${advice}`;
}

const tensors = (n: number) => (n === 1 ? '1 tensor is' : `${n} tensors are`);

function listed(names: readonly string[], separator = ', '): string {
  const shown = names.slice(0, 6).join(separator);
  return names.length > 6 ? `${shown}${separator}and ${names.length - 6} more` : shown;
}
