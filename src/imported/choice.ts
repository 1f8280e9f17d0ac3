import { nearest, YosegiError } from '../base/errors.ts';
import type { Role } from '../graph/value.ts';
import { globOf } from '../onnx/import/names.ts';
import type { Candidate } from '../onnx/read.ts';

export interface Patterns {
  /** What is trained, by name (`*` for any characters); default: all that is used as weights are. */
  readonly train?: readonly string[];
  /** What is held as it is. */
  readonly freeze?: readonly string[];
}

/** The choice of parameters by patterns of names; `finish` throws where a pattern fitted nothing. */
export interface PatternChoice {
  readonly choose: (c: Candidate) => boolean | Role;
  readonly finish: () => void;
}

/**
 * Weights that are not chosen for training are parameters all the same, frozen ones: they can be found by name, and thawed by
 * importing again. Running statistics stay statistics.
 */
export function patternChoice({ train, freeze = [] }: Patterns): PatternChoice {
  const seen = new Set<string>();
  const [training, freezing] = [train ?? [], freeze].map((list) =>
    list.map((pattern) => ({ pattern, fits: globOf(pattern), used: false })),
  );
  const hit = (patterns: typeof training, { name, source }: Candidate) => {
    const fitting = patterns!.filter((p) => p.fits(name) || p.fits(source));
    for (const p of fitting) p.used = true;
    return fitting.length > 0;
  };
  return {
    choose: (c) => {
      seen.add(c.name);
      const trained = hit(training, c);
      const frozen = hit(freezing, c);
      if (c.role === 'statistic') return c.learned || trained;
      if (!c.learned && !trained) return false;
      return frozen || (train !== undefined && !trained) ? 'frozen' : 'trainable';
    },
    finish: () => {
      const lost = [...training!, ...freezing!].find((p) => !p.used);
      if (!lost) return;
      const near = nearest(lost.pattern, [...seen]);
      throw new YosegiError(
        `no tensor of the model is called '${lost.pattern}'${near === undefined ? '' : `; did you mean '${near}' or '${near.split('.')[0]}*'?`} ` +
          `* stands for any characters; there are ${[...seen].slice(0, 6).join(', ')}${seen.size > 6 ? ', …' : ''}`,
      );
    },
  };
}
