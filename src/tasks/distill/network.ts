import { check } from '../../base/errors.ts';
import type { Value } from '../../graph/value.ts';
import type { Model } from '../../models/model.ts';
import type { Network } from '../../models/network.ts';
import type { Stage } from '../../models/stage.ts';
import { conv2d, linear } from '../../nn/layers.ts';
import { rootScope } from '../../nn/scope.ts';
import type { Says } from '../taught.ts';

/** Names of what a teacher says of a picture: what its classifier reads, what that says, and its later feature maps. */
export const POOLED = 'pooled';
export const LOGITS = 'logits';
/** Levels of the maps that are learnt from; earlier ones know little that a student needs. */
const LEVELS = [16, 32];
const mapName = ({ level }: Pick<Stage, 'level'>) => `map${level}`;

/** Among a batch's targets, what a teacher says is called so. */
export const teachersName = (name: string): string => `teacher.${name}`;

/** What is asked of a teacher, by name. */
export function askedOf({ pooled, logits, stages }: Model): Record<string, Value> {
  // Of several maps at a level the last one knows most.
  const maps = LEVELS.flatMap((level) => stages.findLast((s) => s.level === level) ?? []);
  return { [POOLED]: pooled, [LOGITS]: logits, ...Object.fromEntries(maps.map((s) => [mapName(s), s.value])) };
}

/**
 * A student with one learned linear map (parameters `distill.*`) from its features to each thing that the teacher says: from what its own
 * classifier reads to `pooled` [N, C] and `logits` [N, classes], and from its maps to the teacher's of the same size, `map16` and `map32`
 * [N, C, H, W]. They serve the comparison alone: whoever starts from the student leaves them out.
 */
export function studentNetwork(model: Model, says: Says): Network {
  check(Object.keys(says).length > 0, 'what the teacher says is not known: it must be opened first');
  const stages = LEVELS.flatMap((level) => model.stages.findLast((s) => s.level === level) ?? []);
  const reads: Value[] = [model.pooled];
  const outputs = rootScope().in('distill', (s) => {
    const said: [string, Value][] = [];
    for (const [name, [channels = 1, height, width]] of Object.entries(says)) {
      if (height === undefined) {
        said.push([name, s.in(name, (at) => linear(at, model.pooled, channels))]);
        continue;
      }
      const stage = stages.find((st) => mapName(st) === name && st.height === height && st.width === width);
      if (!stage) continue;
      reads.push(stage.value);
      said.push([name, s.in(name, (at) => conv2d(at, stage.value, channels, { kernel: 1, bias: true }))]);
    }
    return Object.fromEntries(said);
  });
  return { model, reads, outputs, judged: Object.keys(outputs) };
}
