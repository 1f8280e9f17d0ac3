import { assess } from '../policy/assess.ts';
import { exitUnder, type Policy } from '../policy/policy.ts';
import type { ExitExample, Leavers } from '../record.ts';
import type { ExitLogits } from './evaluate.ts';

/** Images kept of each exit; wrong ones fill at most so many places, so that a reader also sees what is right. */
const KEPT = 10;
const KEPT_WRONG = 6;

/** What a policy did to one image. */
interface Fate {
  readonly image: number;
  readonly exit: number;
  readonly truth: number;
  readonly predicted: number;
  /** What the last exit says. */
  readonly end: number;
  readonly passed: readonly number[];
}

const wrong = (f: Fate) => f.predicted !== f.truth;
const lost = (f: Fate) => wrong(f) && f.end === f.truth;
const gained = (f: Fate) => !wrong(f) && f.end !== f.truth;
const count = (all: readonly Fate[], is: (f: Fate) => boolean) => all.filter(is).length;

/**
 * Who leaves where under a policy: for each exit counts and some images, for each true class counts by exit. The images are the
 * same at every call: of those answered wrong first the ones that the end has right, then the surest; of the others the
 * surest of each class in turn. `files` and `classes` are the names to give them.
 */
export function leaversOf(
  { logits, labels, classes: n }: ExitLogits,
  policy: Policy,
  files: readonly string[],
  classes: readonly string[],
): { leavers: Leavers[]; byClass: number[][] } {
  const said = logits.map((l) => assess(l, n, policy.always));
  const fates = Array.from(labels, (truth, image): Fate => {
    const exit = exitUnder(policy, said, image);
    return {
      image,
      exit,
      truth,
      predicted: said[exit]!.predicted[image]!,
      end: said.at(-1)!.predicted[image]!,
      passed: said.slice(0, exit + 1).map((s) => s.confidence[image]!),
    };
  });
  const named = ({ image, truth, predicted, end, passed }: Fate): ExitExample => ({
    file: files[image]!,
    truth: classes[truth]!,
    predicted: classes[predicted]!,
    end: classes[end]!,
    passed: passed.map((p) => Math.min(1, p)),
  });
  const leavers = logits.map((_, k): Leavers => {
    const all = fates.filter((f) => f.exit === k);
    return {
      left: all.length,
      wrong: count(all, wrong),
      lost: count(all, lost),
      gained: count(all, gained),
      examples: chosen(all).map(named),
    };
  });
  const byClass = classes.map((_, c) =>
    logits.map((_, k) => fates.reduce((sum, f) => sum + Number(f.truth === c && f.exit === k), 0)),
  );
  return { leavers, byClass };
}

function chosen(all: readonly Fate[]): Fate[] {
  const surest = [...all].sort((a, b) => b.passed.at(-1)! - a.passed.at(-1)! || a.image - b.image);
  const mistakes = surest.filter(wrong).sort((a, b) => Number(lost(b)) - Number(lost(a)));
  const bad = mistakes.slice(0, KEPT_WRONG);
  const good = inTurns(surest.filter((f) => !wrong(f)));
  return [...bad, ...good.slice(0, KEPT - bad.length)];
}

/** The first of each class, then the second of each, and so on. */
function inTurns(sorted: readonly Fate[]): Fate[] {
  const seen = new Map<number, number>();
  const ranked = sorted.map((f, order) => {
    const turn = seen.get(f.truth) ?? 0;
    seen.set(f.truth, turn + 1);
    return { f, order, turn };
  });
  return ranked.sort((a, b) => a.turn - b.turn || a.order - b.order).map(({ f }) => f);
}
