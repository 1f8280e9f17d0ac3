import { z } from 'zod';
import { samplings } from './batch.ts';

const share = z.number().min(0).lt(1);

/** How much of a data set goes where, and how much of it may be broken. */
export const splitOptionsSchema = z.object({
  valFraction: share
    .default(0.1)
    .describe('part of train that becomes val where none is given')
    .meta({ argument: 'share' }),
  testFraction: share
    .default(0.2)
    .describe('part that becomes test where nothing is split')
    .meta({ argument: 'share' }),
  maxBroken: share
    .default(0.05)
    .describe('stop when more than this part of the files is broken')
    .meta({ argument: 'share' }),
});

/** What is taken where nothing is said. */
export const splitDefaults = splitOptionsSchema.parse({});

/** How an epoch is put together. */
export const samplingSchema = z.object({
  sampling: z
    .enum(samplings)
    .default('shuffle')
    .describe('every image once an epoch, or every class equally often')
    .meta({ argument: 'how' }),
});
