import { f32, toNumbers } from '../../../base/tensor.ts';
import { attrsOf } from '../../../graph/attributes.ts';
import { reshape } from '../../../graph/build.ts';
import type { Dim } from '../../../graph/dim.ts';
import { apply, apply1, applyLike } from '../../../graph/op.ts';
import { constant, constantOf, type Node, type Value } from '../../../graph/value.ts';
import { isSquareOf, nodeOf, numberOf, same, trailingMean } from './values.ts';

/** Layer normalisation and RMS normalisation that exporters wrote out. */

/** `v` = d / √(mean(d²) + ε) over the last axes. */
function overRoot(v: Value): { d: Value; axes: number; epsilon: number } | undefined {
  const node = nodeOf(v, 'Div', 'Mul');
  if (!node) return undefined;
  for (const [d, other] of node.op === 'Div' ? [node.inputs] : [node.inputs, [...node.inputs].reverse()]) {
    const root = node.op === 'Div' ? nodeOf(other, 'Sqrt') : underReciprocal(other);
    const sum = nodeOf(root?.inputs[0], 'Add');
    for (const [mean, eps] of sum ? [sum.inputs, [...sum.inputs].reverse()] : []) {
      const epsilon = numberOf(eps);
      const squares = trailingMean(mean);
      if (d && epsilon !== undefined && squares && isSquareOf(squares.x, d)) return { d, axes: squares.axes, epsilon };
    }
  }
  return undefined;
}

/** The node whose input's inverse root `v` is: 1/√x or x^-½. */
function underReciprocal(v: Value | undefined): Node | undefined {
  const power = nodeOf(v, 'Pow');
  if (power) return numberOf(power.inputs[1]) === -0.5 ? power : undefined;
  const reciprocal = nodeOf(v, 'Reciprocal', 'Div');
  if (reciprocal?.op === 'Div')
    return numberOf(reciprocal.inputs[0]) === 1 ? nodeOf(reciprocal.inputs[1], 'Sqrt') : undefined;
  return nodeOf(reciprocal?.inputs[0], 'Sqrt');
}

/** What `d` is centred from: d = x − mean(x) over the last axes. */
function centredFrom(d: Value, axes: number): Value | undefined {
  const node = nodeOf(d, 'Sub');
  const mean = trailingMean(node?.inputs[1]);
  return node && mean?.axes === axes && same(mean.x, node.inputs[0]) ? node.inputs[0] : undefined;
}

/** Scales of one that were put in here, to be replaced by what the file multiplies with. */
const placeholders = new WeakSet<Value>();

/** Features that a token or a pixel has at most; an untrusted file can say any number. */
const LARGEST = 1 << 20;

function onesFor(x: Value, axes: number): Value | undefined {
  const shape = x.type.shape.slice(-axes);
  if (!shape.every((n) => typeof n === 'number')) return undefined;
  const size = shape.reduce((a, b) => a * b, 1);
  if (size > LARGEST) return undefined;
  const ones = constant(f32(shape, new Float32Array(size).fill(1)));
  placeholders.add(ones);
  return ones;
}

/** A constant or parameter that scales or shifts what was normalised over the last axes. */
function isAffine(v: Value | undefined, like: Value | undefined): v is Value {
  return v !== undefined && v.origin.kind !== 'node' && v.type.shape.join() === like?.type.shape.join();
}

/** The layer normalisation that `y` is, with what has been found of it so far as its input. */
export function layerNorm(y: Value): Value | undefined {
  const found = overRoot(y);
  const x = found && centredFrom(found.d, found.axes);
  if (found && x) {
    const ones = onesFor(x, found.axes);
    return ones && apply('LayerNormalization', [x, ones], { axis: -found.axes, epsilon: found.epsilon })[0];
  }
  const node = nodeOf(y, 'Mul', 'Add');
  for (const [a, b] of node ? [node.inputs, [...node.inputs].reverse()] : []) {
    const norm = nodeOf(a, 'LayerNormalization');
    if (!norm || norm.inputs[2] || !isAffine(b, norm.inputs[1])) continue;
    if (node?.op === 'Add') return applyLike(norm, [norm.inputs[0], norm.inputs[1], b])[0];
    if (placeholders.has(norm.inputs[1]!)) return applyLike(norm, [norm.inputs[0], b])[0];
  }
  return undefined;
}

/** x / √(mean(x²) + ε) · weight */
export function rmsNorm(y: Value): Value | undefined {
  const node = nodeOf(y, 'Mul');
  for (const [a, b] of node ? [node.inputs, [...node.inputs].reverse()] : []) {
    const found = a && overRoot(a);
    if (!found || !b || b.origin.kind === 'node') continue;
    const shape = found.d.type.shape.slice(-found.axes);
    if (b.type.shape.join() === shape.join()) {
      return apply1('RMSNormalization', [found.d, b], { axis: -found.axes, epsilon: found.epsilon });
    }
  }
  return undefined;
}

/** Instance normalisation over groups of channels, then a scale and a bias for each channel: how group normalisation is exported. */
export function groupNorm(y: Value): Value | undefined {
  const sum = nodeOf(y, 'Add');
  for (const [scaled, bias] of sum ? [sum.inputs, [...sum.inputs].reverse()] : []) {
    const product = nodeOf(scaled, 'Mul');
    for (const [back, scale] of product ? [product.inputs, [...product.inputs].reverse()] : []) {
      const norm = nodeOf(nodeOf(back, 'Reshape')?.inputs[0], 'InstanceNormalization');
      const x = nodeOf(norm?.inputs[0], 'Reshape')?.inputs[0];
      if (!norm || !x || !isAll(norm.inputs[1], 1) || !isAll(norm.inputs[2], 0)) continue;
      const [n, channels] = x.type.shape;
      const [batch, groups] = norm.inputs[0]!.type.shape;
      const [weight, shift] = [scale, bias].map((v) => perChannel(v, channels, x.type.shape.length));
      if (n !== batch || typeof groups !== 'number' || Number(channels) % groups !== 0 || !weight || !shift) continue;
      if (x.type.shape.join() !== y.type.shape.join()) continue;
      const epsilon = attrsOf(norm).float('epsilon');
      return apply1('GroupNormalization', [x, weight, shift], {
        num_groups: groups,
        epsilon,
      });
    }
  }
  return undefined;
}

function isAll(v: Value | undefined, number: number): boolean {
  const t = constantOf(v);
  return t?.dtype === 'float32' && toNumbers(t).every((x) => x === number);
}

/** A constant that broadcasts along the channels of [N, C, …], as a vector. */
function perChannel(v: Value | undefined, channels: Dim | undefined, rank: number): Value | undefined {
  if (!v || v.origin.kind === 'node' || typeof channels !== 'number') return undefined;
  const { shape } = v.type;
  const at = shape.length - rank + 1;
  return at >= 0 && shape.every((d, i) => d === (i === at ? channels : 1)) ? reshape(v, [channels]) : undefined;
}
