import type { Dim } from './dim.ts';

/**
 * The indices that a dimension runs over, as a thing that dimensions of many values share: where one of them loses an index, all do.
 * An axis may turn out to be made of others: some one after the other (a sum: what Concat joins and Split parts), or every combination
 * of some (a product: what Reshape takes apart, the first changing slowest). Channels of a group, of a head, of a block of pixels
 * are then axes of their own.
 */
export class Axis {
  /** Undefined where it is a symbol. */
  readonly size: number | undefined;
  #same: Axis | undefined;
  #made: Made | undefined;
  #fixed: boolean;
  #measured = false;

  constructor(size: Dim, fixed = false, made?: Made) {
    this.size = typeof size === 'number' ? size : undefined;
    this.#fixed = fixed || this.size === undefined;
    this.#made = made;
  }

  /** The axis that stands for all that were found to be the same. */
  get root(): Axis {
    return this.#same ? this.#same.root : this;
  }

  get made(): Made | undefined {
    return this.root.#made;
  }

  /** No index can go: it is what the graph is given or gives, a place in a picture, or was picked by number. */
  get fixed(): boolean {
    return this.root.#fixed;
  }

  /** Something is measured over it (a mean, a softmax): without an index the others' numbers change. */
  get measured(): boolean {
    return this.root.#measured;
  }

  fix(): void {
    this.#mark((a) => {
      a.#fixed = true;
    });
  }

  measure(): void {
    this.#mark((a) => {
      a.#measured = true;
    });
  }

  #mark(how: (a: Axis) => void): void {
    const { root } = this;
    how(root);
    for (const a of root.#made?.of ?? []) a.#mark(how);
  }

  /** The axes that this is made of in the end, itself if it is not made of others. */
  leaves(): Axis[] {
    const { made, root } = this;
    return made ? made.of.flatMap((a) => a.leaves()) : [root];
  }

  /** Consecutive parts of the given sizes, which are axes of their own from now on. */
  cut(sizes: readonly number[]): Axis[] {
    const { root } = this;
    if (sizes.length === 1) return [root];
    const made = root.#made;
    if (!made) return root.#become('sum', sizes);
    const parts = made.kind === 'sum' ? dealt('sum', made.of, sizes) : cutProduct(made.of, sizes);
    if (!parts) return root.#refused(sizes);
    if (made.kind === 'sum') root.#made = { kind: 'sum', of: parts.flatMap((p) => terms(p)) };
    return parts;
  }

  /** The factors of the given sizes, which are axes of their own from now on. */
  factor(sizes: readonly number[]): Axis[] {
    const { root } = this;
    const real = sizes.filter((s) => s !== 1);
    const found = real.length === 1 ? [root] : [...root.#factors(real)];
    return sizes.map((s) => (s === 1 ? unit() : found.shift()!));
  }

  #factors(sizes: readonly number[]): readonly Axis[] {
    if (!this.#made) return this.#become('product', sizes);
    if (this.#made.kind === 'sum' && !this.#stack()) return this.#refused(sizes);
    return dealt('product', this.#made.of, sizes) ?? this.#refused(sizes);
  }

  #become(kind: Made['kind'], sizes: readonly number[]): Axis[] {
    const of = sizes.map((s) => new Axis(s, this.#fixed));
    if (this.#measured) for (const a of of) a.measure();
    this.#made = { kind, of };
    return of;
  }

  /** Equal parts one after the other are a product, if they lose the same indices. */
  #stack(): boolean {
    const parts = this.#made!.of;
    const [first, ...more] = parts;
    if (more.some((p) => p.size !== first!.size)) return false;
    for (const p of more) unify(first!, p);
    this.#made = { kind: 'product', of: [new Axis(parts.length, true), first!] };
    return true;
  }

  #refused(sizes: readonly number[]): Axis[] {
    this.fix();
    return sizes.map((s) => new Axis(s, true));
  }

  /** From now on the two are one. */
  static join(a: Axis, b: Axis): void {
    const [x, y] = [a.root, b.root];
    if (x === y) return;
    if (x.size !== y.size) {
      x.fix();
      y.fix();
      return;
    }
    if (x.#fixed || y.#fixed) for (const axis of [x, y]) axis.fix();
    if (x.#measured || y.#measured) for (const axis of [x, y]) axis.measure();
    if (!x.#made) x.#same = y;
    else if (!y.#made) y.#same = x;
    else Axis.#joinMade(x, y);
  }

  static #joinMade(x: Axis, y: Axis): void {
    if (x.#made!.kind !== y.#made!.kind) {
      const sum = x.#made!.kind === 'sum' ? x : y;
      if (!sum.#stack()) {
        x.fix();
        y.fix();
        return;
      }
    }
    const { kind, of } = x.#made!;
    const sizes = of.map((p) => p.size!);
    const others = kind === 'sum' ? y.cut(sizes) : y.factor(sizes);
    of.forEach((p, i) => {
      unify(p, others[i]!);
    });
    if (x.root !== y.root) x.#same = y.root;
  }
}

/** How an axis is made of others. */
interface Made {
  readonly kind: 'sum' | 'product';
  readonly of: readonly Axis[];
}

/** The dimensions are one and the same: what one loses, the other loses. */
export const unify = (a: Axis, b: Axis): void => Axis.join(a, b);

const unit = () => new Axis(1, true);
const sizeOf = (axes: readonly Axis[], kind: Made['kind']) =>
  axes.reduce((n, a) => (kind === 'sum' ? n + a.size! : n * a.size!), kind === 'sum' ? 0 : 1);

/** Every combination of the indices of some axes, the first changing slowest. */
export function productAxis(of: readonly Axis[]): Axis {
  const real = of.flatMap(factors).filter((a) => a.size !== 1);
  if (real.length === 0) return unit();
  return real.length === 1 ? real[0]! : new Axis(sizeOf(real, 'product'), false, { kind: 'product', of: real });
}

/** The indices of some axes one after the other. */
export function sumAxis(of: readonly Axis[]): Axis {
  const real = of.flatMap(terms).filter((a) => a.size !== 0);
  if (real.length === 0) return new Axis(0, true);
  return real.length === 1 ? real[0]! : new Axis(sizeOf(real, 'sum'), false, { kind: 'sum', of: real });
}

const terms = (a: Axis): readonly Axis[] => (a.made?.kind === 'sum' ? a.made.of.flatMap(terms) : [a.root]);
const factors = (a: Axis): readonly Axis[] => (a.made?.kind === 'product' ? a.made.of.flatMap(factors) : [a.root]);

/** The two ways in which axes are handed out in pieces of given sizes. */
const ways = {
  sum: {
    parts: terms,
    none: 0,
    /** What is left of `n` when `m` is taken from it; undefined where it is not there. */
    without: (n: number, m: number) => (m <= n ? n - m : undefined),
    apart: (axis: Axis, sizes: readonly number[]) => axis.cut(sizes),
    joined: sumAxis,
  },
  product: {
    parts: factors,
    none: 1,
    without: (n: number, m: number) => (n % m === 0 ? n / m : undefined),
    apart: (axis: Axis, sizes: readonly number[]) => axis.factor(sizes),
    joined: productAxis,
  },
} as const;

/** The axes in order, in pieces of the given sizes; one that is larger than what a piece still lacks is taken apart. */
function dealt(kind: Made['kind'], of: readonly Axis[], sizes: readonly number[]): Axis[] | undefined {
  const { parts, none, without, apart, joined } = ways[kind];
  const left = of.flatMap(parts);
  const out: Axis[] = [];
  for (const size of sizes) {
    const piece: Axis[] = [];
    let open = size;
    while (open > none) {
      const next = left.shift();
      if (!next) return undefined;
      const lacking = without(open, next.size!);
      const over = without(next.size!, open);
      if (lacking !== undefined) piece.push(next);
      else if (over === undefined) return undefined;
      else {
        const [mine, rest] = apart(next, [open, over]);
        piece.push(mine!);
        left.unshift(rest!);
      }
      open = lacking ?? none;
    }
    out.push(joined(piece));
  }
  return out;
}

/** A product is cut along its first factor, which changes slowest. */
function cutProduct(of: readonly Axis[], sizes: readonly number[]): Axis[] | undefined {
  const [first, ...rest] = of.flatMap(factors);
  const each = sizeOf(rest, 'product');
  if (sizes.some((s) => s % each !== 0)) return undefined;
  return first!.cut(sizes.map((s) => s / each)).map((part) => productAxis([part, ...rest]));
}

/** Which indices stay when some of the leaves' indices go. */
export function keptOf(axis: Axis, gone: (leaf: Axis) => ReadonlySet<number> | undefined): boolean[] {
  const { made, root } = axis;
  if (!made) {
    const dropped = gone(root);
    return Array.from({ length: root.size ?? 0 }, (_, i) => !dropped?.has(i));
  }
  const parts = made.of.map((a) => keptOf(a, gone));
  if (made.kind === 'sum') return parts.flat();
  return parts.reduce((all, part) => all.flatMap((outer) => part.map((inner) => outer && inner)), [true]);
}
