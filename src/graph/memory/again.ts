import { owners, writers } from './peak.ts';
import type { Step, Steps } from './steps.ts';

/** Of each step, whether it runs a second time, for what late steps read of it. */
export type Chosen = ReadonlySet<number>;

/** The chosen steps with all views of what they write, which cost nothing. */
export function withViews({ steps }: Steps, chosen: Chosen): Set<number> {
  const all = new Set(chosen);
  const written = new Set([...chosen].flatMap((i) => steps[i]!.writes));
  steps.forEach((step, i) => {
    if (!step.view || step.late || !written.has(step.reads[0]!)) return;
    all.add(i);
    written.add(step.writes[0]!);
  });
  return all;
}

/**
 * The steps with the chosen ones once more: what late steps read of these comes from the second run, which starts from what is kept. A
 * second run ranks just behind the first, so that the runtime puts it off until everything else that its reader needs is there.
 */
export function withAgain(s: Steps, chosen: Chosen): Steps {
  if (chosen.size === 0) return s;
  const all = withViews(s, chosen);
  const [bytes, kinds, boundKinds] = [[...s.bytes], [...s.kinds], [...s.boundKinds]];
  const second = new Map<number, number>();
  const swap = (v: number) => second.get(v) ?? v;
  const steps: Step[] = [];
  s.steps.forEach((step, i) => {
    steps.push(step.late ? { ...step, reads: step.reads.map(swap) } : step);
    if (!all.has(i)) return;
    const reads = step.reads.map(swap);
    const writes = step.writes.map((v) => {
      second.set(v, bytes.length);
      kinds.push(boundKinds[v]!);
      boundKinds.push(boundKinds[v]!);
      return bytes.push(s.bytes[v]!) - 1;
    });
    steps.push({ ...step, reads, writes, late: true, rank: step.rank + 0.5 });
  });
  return { steps, bytes, kinds, boundKinds, roots: s.roots };
}

/** Of each value, whether late steps keep its memory when the chosen steps run again. */
export function keptBy(s: Steps, chosen: Chosen): Uint8Array {
  const owner = owners(s);
  const kept = new Uint8Array(owner.length);
  for (const { late, reads } of withAgain(s, chosen).steps) {
    if (late) for (const v of reads) if (v < owner.length) kept[owner[v]!] = 1;
  }
  return kept;
}

/**
 * What has to be run again, besides the chosen steps, for step `i` to run again: itself, and where it reads something that is not kept
 * (`keptBy`), what makes that. Undefined where that would be drawn anew.
 */
export function neededFor(s: Steps, chosen: Chosen, kept: Uint8Array, i: number): Set<number> | undefined {
  const by = writers(s);
  const owner = owners(s);
  const needed = new Set<number>();
  const left = [i];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (needed.has(at) || (chosen.has(at) && at !== i)) continue;
    if (!s.steps[at]!.repeatable) return undefined;
    needed.add(at);
    for (const v of s.steps[at]!.reads) {
      const o = owner[v]!;
      if (by[o]! >= 0 && !kept[o]) left.push(by[o]!);
    }
  }
  return needed;
}
