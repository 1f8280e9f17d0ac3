import type { Job } from './job.ts';
import type { nextJob } from './next.ts';
import { brokenLimits } from './score.ts';
import { type Choice, type Design, keyOf } from './space.ts';
import { isJudged, type Judged, type Trial } from './trial.ts';

/** One choice of a design, made otherwise. */
interface Change {
  readonly choice: Choice;
  /** Which value it has, and which it had. */
  readonly to: number;
  readonly from: number;
}

/** What differs between two designs, if it is one choice alone. */
function changeOf(choices: readonly Choice[], from: Design, to: Design): Change | undefined {
  const places = choices.flatMap((_, i) => (from[i] === to[i] ? [] : [i]));
  const [at] = places;
  return at === undefined || places.length > 1 ? undefined : { choice: choices[at]!, from: from[at]!, to: to[at]! };
}

/** The designs that differ from one in a single choice, whose value is the one before or behind it in the list. */
export const neighbours = (choices: readonly Choice[], design: Design): Design[] =>
  choices.flatMap(({ values }, i) =>
    [design[i]! - 1, design[i]! + 1].filter((v) => v in values).map((v) => design.map((was, j) => (i === j ? v : was))),
  );

/**
 * Ablations: every neighbour of a design, judged as deeply as it was. Those that cannot be built or break a limit before they are timed are
 * left out.
 */
export function besides(centre: Judged, choices: readonly Choice[]): typeof nextJob {
  const around = neighbours(choices, centre.design);
  return async (trials, underWay, { probes, limits }): Promise<Job | undefined> => {
    const begun = new Set(
      [...trials, ...underWay.map(({ candidate, rung }) => ({ design: candidate.design, rung }))]
        .filter(({ rung }) => rung === centre.rung)
        .map(({ design }) => keyOf(design)),
    );
    for (const design of around) {
      if (begun.has(keyOf(design)) || refused(trials, design)) continue;
      const cost = await probes.cost(design);
      if (typeof cost === 'string' || brokenLimits(cost, limits).length > 0) continue;
      return { candidate: { design, ...cost }, rung: centre.rung, around: centre.number };
    }
    return undefined;
  };
}

/** Whether a design was found to break a limit as it was timed, in whichever rung. */
const refused = (trials: readonly Trial[], design: Design) =>
  trials.some((t) => t.refused !== undefined && keyOf(t.design) === keyOf(design));

/** The design whose neighbours are tried: the one whose neighbours were tried last, else the best so far. */
export const centreOf = (trials: readonly Trial[], winner: Judged | undefined): Judged | undefined => {
  const begun = trials[trials.at(-1)?.around ?? -1];
  return begun && isJudged(begun) ? begun : winner;
};

/** An ablation: what became of the best design with one choice changed; accuracy as measured, in the same rung. */
export interface Ablation extends Change {
  readonly trial: Trial;
}

/** Every trial that differs from the best in one choice and was judged as deeply, or found to break a limit; by choice. */
export function ablationsOf(choices: readonly Choice[], trials: readonly Trial[], best: Judged): Ablation[] {
  const own = trials.flatMap((trial) => {
    const change = changeOf(choices, best.design, trial.design);
    const told = trial.rung === best.rung || trial.refused !== undefined;
    return change && told ? [{ ...change, trial }] : [];
  });
  const at = ({ choice, to }: Change) => 1000 * choices.indexOf(choice) + to;
  return own.sort((a, b) => at(a) - at(b));
}
