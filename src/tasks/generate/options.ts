import { z } from 'zod';
import type { Process } from '../../diffusion/process.ts';
import { processes, processNamed, processNames } from '../../diffusion/processes/index.ts';
import { samplerNames } from '../../diffusion/samplers.ts';

/** Options of training that only generation has. */
export const generateOptions = z.strictObject({
  process: z
    .enum(processNames)
    .default('flow')
    .describe(`the way from pictures to noise: ${processes.map(({ name, about }) => `${name}: ${about}`).join('; ')}`),
  labelDropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .describe('share of the pictures whose class the network is not told, so that guidance is possible'),
  autoencoder: z
    .string()
    .optional()
    .describe(
      'the network works on what this autoencoder makes of pictures: a folder with encoder.onnx and decoder.onnx, or the .safetensors of a TAESD',
    )
    .meta({ argument: 'folder' }),
  showEvery: z
    .int()
    .min(0)
    .default(10)
    .describe('epochs between two sheets of pictures that the network makes (progress/ in the run’s folder); 0 = none')
    .meta({ argument: 'epochs' }),
});

/** The process that these options of training name. */
export const processOf = (options: unknown): Process => processNamed(generateOptions.parse(options).process);

/** Options of making pictures. */
export const makingOptions = z.strictObject({
  steps: z.int().min(1).max(1000).default(20).describe('steps from noise to picture'),
  sampler: z
    .enum(samplerNames)
    .default('dpm')
    .describe('how a step is taken: euler; heun looks twice; dpm (DPM-Solver++ 2M) remembers the last step'),
  guidance: z
    .number()
    .min(0)
    .max(30)
    .default(2)
    .describe('how strongly the class is followed; 1 = as the network says, at half the work'),
  guidanceFrom: z.number().min(0).max(1).default(0).describe('share of noise from which guidance acts'),
  guidanceTo: z.number().min(0).max(1).default(1).describe('share of noise up to which guidance acts'),
});
