import { check } from '../../../base/errors.ts';
import { matmul, reduceSum, transpose } from '../../../graph/build.ts';
import { type Dim, productOf } from '../../../graph/dim.ts';
import type { Value } from '../../../graph/value.ts';
import { type Call, type Converter, input } from '../call.ts';
import { reshapeTo } from '../reshape.ts';

/** Einstein sums of one or two operands as a transposed matrix product. */
interface Term {
  readonly value: Value;
  readonly labels: readonly string[];
}

/** Labels of one operand; an ellipsis stands for dimensions counted from its end. */
function labelsOf(text: string, rank: number): string[] {
  const [before = '', after] = text.split('...');
  if (after === undefined) return [...before];
  const n = rank - before.length - after.length;
  check(n >= 0, () => `'${text}' names more dimensions than there are`);
  return [...before, ...Array.from({ length: n }, (_, i) => `…${n - i}`), ...after];
}

function parse(c: Call): { terms: Term[]; output: string[] } {
  const equation = c.attrs.text('equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const texts = left.split(',');
  check(texts.length === c.inputs.length && texts.length <= 2, () => `'${equation}' is not supported`);
  const terms = texts.map((text, i) => {
    const value = input(c, i);
    const labels = labelsOf(text, value.type.shape.length);
    const fits = labels.length === value.type.shape.length && new Set(labels).size === labels.length;
    check(fits, () => `'${text}' does not fit [${value.type.shape}], or repeats a label, which is not supported`);
    return { value, labels };
  });
  const all = terms.flatMap((t) => t.labels);
  const once = [...new Set(all)].filter((l) => l.startsWith('…') || all.filter((m) => m === l).length === 1);
  const ellipsis = Math.max(0, ...terms.map((t) => t.labels.filter((l) => l.startsWith('…')).length));
  const output =
    right === undefined
      ? once.sort()
      : labelsOf(right, right.replace('...', '').length + (right.includes('...') ? ellipsis : 0));
  check(
    output.every((l) => all.includes(l)),
    () => `'${equation}' asks for a label that no operand has`,
  );
  return { terms, output };
}

/** The term summed over the labels that nobody else wants. */
function trimmed(t: Term, wanted: readonly string[]): Term {
  const axes = t.labels.flatMap((l, i) => (wanted.includes(l) ? [] : [i]));
  if (axes.length === 0) return t;
  return { value: reduceSum(t.value, axes, false), labels: t.labels.filter((l) => wanted.includes(l)) };
}

function ordered(t: Term, order: readonly string[]): Value {
  return transpose(
    t.value,
    order.map((l) => t.labels.indexOf(l)),
  );
}

const einsumOf: Converter = (c) => {
  const { terms, output } = parse(c);
  if (terms.length === 1) return [ordered(trimmed(terms[0]!, output), output)];
  const [first, second] = terms as [Term, Term];
  const a = trimmed(first, [...second.labels, ...output]);
  const b = trimmed(second, [...first.labels, ...output]);
  const shared = a.labels.filter((l) => b.labels.includes(l));
  const batch = shared.filter((l) => output.includes(l));
  const summed = shared.filter((l) => !output.includes(l));
  const rows = a.labels.filter((l) => !shared.includes(l));
  const columns = b.labels.filter((l) => !shared.includes(l));
  const size = (l: string): Dim => {
    const t = a.labels.includes(l) ? a : b;
    return t.value.type.shape[t.labels.indexOf(l)]!;
  };
  const dims = (labels: readonly string[]) => labels.map(size);
  const matrix = (t: Term, up: readonly string[], across: readonly string[]) =>
    reshapeTo(c, ordered(t, [...batch, ...up, ...across]), [
      ...dims(batch),
      productOf(dims(up)),
      productOf(dims(across)),
    ]);
  const product = matmul(matrix(a, rows, summed), matrix(b, summed, columns));
  const apart = reshapeTo(c, product, dims([...batch, ...rows, ...columns]));
  return [ordered({ value: apart, labels: [...batch, ...rows, ...columns] }, output)];
};

export const einsum: Record<string, Converter> = { Einsum: einsumOf };
