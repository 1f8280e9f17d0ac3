import { z } from 'zod';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { ExitsRecord } from '../record.ts';
import type { CutModel } from './cut.ts';
import { ifModel } from './if-model.ts';
import { assembled, type StagedProgram } from './staged.ts';

const names = z.array(z.string().min(1));

/** `exits/plan.json` of a bundle: how the parts of a cut model belong together. */
export const planSchema = z
  .strictObject({
    /** Name of the image input. */
    image: z.string().min(1),
    /** In the order in which they run. */
    stages: z
      .array(
        z.strictObject({
          exit: z.string().min(1),
          /** Its part of the network; gives `logits` and what of `keeps` it computes. */
          file: z.string().min(1),
          takes: names,
          keeps: names,
        }),
      )
      .min(2),
    /** The same with the policy inside, as one file for one image at a time. */
    single: z.string().min(1),
  })
  .superRefine(({ image, stages }, context) => {
    // What a stage takes must be there: a plan comes from a folder that anybody may have written.
    let known = new Set([image]);
    stages.forEach(({ takes, keeps, file }, k) => {
      const missing = takes.filter((t) => !known.has(t));
      if (missing.length > 0)
        context.addIssue({
          code: 'custom',
          path: ['stages', k],
          message: `${file} takes ${missing}, which nothing gives`,
        });
      known = new Set(keeps);
    });
  });
export type ExitPlan = z.infer<typeof planSchema>;

export const PLAN = 'exits/plan.json';

/** The files of a cut model with its policy, by their paths in a bundle. */
export function planFiles(
  cut: CutModel,
  record: Pick<ExitsRecord, 'policy' | 'model' | 'exits'>,
): { plan: ExitPlan; files: [string, Uint8Array][] } {
  const { constants } = cut;
  const stages = cut.segments.map(({ exit, takes, keeps }, k) => {
    return { exit, file: `exits/part-${k + 1}.onnx`, takes: [...takes], keeps: [...keeps] };
  });
  const parts = cut.segments.map(({ graph }, k): [string, Uint8Array] => {
    return [stages[k]!.file, encodeModel(toOnnx(graph, { constants, target: 'standard' }))];
  });
  const single = 'exits/one-file.onnx';
  const whole = encodeModel(ifModel(cut, record.policy, { model: record.model, exits: record.exits.join(', ') }));
  return { plan: { image: cut.image, stages, single }, files: [...parts, [single, whole]] };
}

/** The staged program of a plan; `read` gives the bytes of its files. */
export function runPlan(
  runtime: Runtime,
  { image, stages }: ExitPlan,
  { classes, macs }: { readonly classes: number; readonly macs: readonly number[] },
  read: (file: string) => Uint8Array,
): Promise<StagedProgram> {
  return assembled(stages, { image, classes, macs }, (k) => runtime.load(read(stages[k]!.file), { idle: 'sleep' }));
}
