import type { Step, Steps } from './steps.ts';

/** What lies in memory while a graph runs. */
export interface Peak {
  /** Most bytes at once. */
  readonly bytes: number;
  /** The step during which that is. */
  readonly step: number;
  /** Values that hold memory then; a view counts as what it is a view of. */
  readonly held: readonly number[];
}

/** Of each value, the step that writes it; -1 for what is there from the start. */
export const writers = once(({ steps, bytes }: Steps): Int32Array => {
  const of = new Int32Array(bytes.length).fill(-1);
  steps.forEach((s, i) => {
    for (const v of s.writes) of[v] = i;
  });
  return of;
});

/** Remembers what was found of each list of steps, which never changes. */
function once<T>(find: (s: Steps) => T): (s: Steps) => T {
  const known = new WeakMap<Steps, T>();
  return (s) => {
    const found = known.get(s) ?? find(s);
    known.set(s, found);
    return found;
  };
}

/**
 * The order in which ONNX Runtime does the steps: root after root, each behind all it needs; of what a step reads, what was written
 * last in the model comes first (reverse depth-first search by node index, `GraphViewer` of onnxruntime 1.30). Steps that no root needs
 * are left out.
 */
export function runOrder(s: Steps, by = writers(s)): number[] {
  const { steps, roots } = s;
  const done = new Uint8Array(steps.length);
  const order: number[] = [];
  const stack: number[] = [];
  const visit = (root: number) => {
    stack.push(root);
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (at < 0) {
        order.push(~at);
        continue;
      }
      if (done[at]) continue;
      done[at] = 1;
      stack.push(~at);
      const before: number[] = [];
      for (const v of steps[at]!.reads) if (by[v]! >= 0 && !done[by[v]!]) before.push(by[v]!);
      if (before.length > 1) before.sort((a, b) => steps[a]!.rank - steps[b]!.rank);
      stack.push(...before);
    }
  };
  for (const v of roots) if (by[v]! >= 0) visit(by[v]!);
  return order;
}

/** Of each value, the value whose memory it lies in. */
export const owners = once(({ steps, bytes }: Steps): Int32Array => {
  const owner = Int32Array.from(bytes, (_, v) => v);
  for (const { view, reads, writes } of steps) if (view) owner[writes[0]!] = owner[reads[0]!]!;
  return owner;
});

/** A piece of memory, from the step that first writes to it to the one that last reads it; other values may have it in turns. */
interface Block {
  readonly bytes: number;
  readonly kind: number;
  readonly from: number;
  to: number;
  uses: number;
}

/**
 * The most memory that a graph's own values take while its steps are done in `order`, as onnxruntime 1.30 plans it (`AllocationPlanner`): a
 * result goes into the place of an input that nobody reads later, or into the block that last became free of those of its shape, which is
 * kept from then till now, or into a new one.
 */
export function peakOf(s: Steps, order: readonly number[] = runOrder(s)): Peak {
  const { steps, bytes, kinds, roots } = s;
  const last = order.length;
  const reads = new Int32Array(bytes.length);
  for (const i of order) for (const v of steps[i]!.reads) reads[v]!++;
  for (const v of roots) reads[v]!++;
  const lies: (Block | undefined)[] = new Array(bytes.length);
  const free = new Map<number, Block[]>();
  const blocks: Block[] = [];
  const end = (block: Block, at: number) => {
    block.to = at;
    const list = free.get(block.kind) ?? [];
    free.set(block.kind, list);
    list.push(block);
  };
  order.forEach((i, at) => {
    const step = steps[i]!;
    for (const v of step.writes) {
      if (bytes[v] === 0 && !step.view) continue;
      const block =
        (step.view ? lies[step.reads[0]!] : (inPlaceOf(s, step, v, lies) ?? free.get(kinds[v]!)?.pop())) ??
        (step.view ? undefined : { bytes: bytes[v]!, kind: kinds[v]!, from: at, to: last, uses: 0 });
      if (!block) continue;
      if (block.from === at && block.uses === 0) blocks.push(block);
      block.to = last;
      block.uses += reads[v]!;
      lies[v] = block;
    }
    for (const v of step.reads) {
      const block = lies[v];
      if (block && --block.uses === 0) end(block, at);
    }
    for (const v of step.writes) {
      const block = lies[v];
      if (block && reads[v] === 0 && block.uses === 0) end(block, at);
    }
  });
  return sweep(s, order, blocks);
}

/** What a step reads for the last time and `v` may take the place of. */
function inPlaceOf({ kinds }: Steps, { inPlace, reads }: Step, v: number, lies: readonly (Block | undefined)[]) {
  if (!inPlace || kinds[v] === -1) return undefined;
  const r = reads.find((x) => lies[x]?.uses === 1 && lies[x].kind === kinds[v] && kinds[x] === kinds[v]);
  return r === undefined ? undefined : lies[r];
}

/** Finds the step with most bytes in blocks, and the values that are still to be read then. */
function sweep(s: Steps, order: readonly number[], blocks: readonly Block[]): Peak {
  const change = new Float64Array(order.length + 2);
  for (const { bytes, from, to } of blocks) {
    change[from]! += bytes;
    change[to + 1]! -= bytes;
  }
  let [now, most, when] = [0, 0, -1];
  for (let at = 0; at < order.length; at++) {
    now += change[at]!;
    if (now > most) [most, when] = [now, at];
  }
  const owner = owners(s);
  const [made, needed] = [new Set<number>(), new Set<number>(s.roots.map((v) => owner[v]!))];
  order.forEach((i, at) => {
    const { view, reads, writes } = s.steps[i]!;
    if (at <= when && !view) for (const v of writes) if (s.bytes[v]! > 0) made.add(v);
    if (at >= when) for (const v of reads) needed.add(owner[v]!);
  });
  return { bytes: most, step: order[when] ?? -1, held: [...made].filter((v) => needed.has(v)) };
}
