import { z } from 'zod';

const share = z.number().min(0).max(1);

/** `eval.json` of a student: how much it says of what its teacher says, of pictures that neither has learnt from here. */
export const distillEvaluation = z.object({
  split: z.enum(['test', 'val']),
  images: z.int().min(1),
  loss: z.number(),
  /** Share of what varies in the teacher's features that the student explains, mean over channels; 0 too where their means alone say more. */
  explained: share,
  /** The same of everything that was compared, by name. */
  parts: z.record(z.string(), share),
  /** Share of the pictures of which both hold the same class for the likeliest; absent where the teacher has no classes. */
  agreement: share.optional(),
});
export type DistillEvaluation = z.infer<typeof distillEvaluation>;
