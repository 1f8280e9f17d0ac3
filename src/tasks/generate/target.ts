import { z } from 'zod';

/** What is known of a picture: the index of its class, or what people have said of it. */
export const generateTarget = z.union([
  z.int().min(0),
  z.strictObject({
    /** Each describes the whole picture; in training they take turns. */
    captions: z.array(z.string().min(1)).min(1),
  }),
]);
export type GenerateTarget = z.infer<typeof generateTarget>;

/** What people have said of a picture; nothing where its class is known instead. */
export const captionsOf = (target: GenerateTarget): readonly string[] =>
  typeof target === 'number' ? [] : target.captions;
