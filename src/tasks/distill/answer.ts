import { z } from 'zod';

/** What is said of a picture: the student's features. */
export const distillAnswer = z.object({ features: z.array(z.number()) });
export type DistillAnswer = z.infer<typeof distillAnswer>;
