import { z } from 'zod';
import type { Process } from '../../diffusion/process.ts';
import { processes, processNamed, processNames } from '../../diffusion/processes/index.ts';
import { samplerNames } from '../../diffusion/samplers.ts';
import { LEAST_TOKENS } from '../../text/learn-tokenizer.ts';

/** Options that say how a folder is read. */
export const generateReading = z.strictObject({
  classCaptions: z
    .boolean()
    .optional()
    .describe(
      'the name of a class folder is the caption of its pictures: a first stage for a network that is told captions',
    ),
});

/** Options of training that only generation has. */
export const generateOptions = z.strictObject({
  ...generateReading.shape,
  process: z
    .enum(processNames)
    .default('flow')
    .describe(`the way from pictures to noise: ${processes.map(({ name, about }) => `${name}: ${about}`).join('; ')}`),
  labelDropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .describe('share of the pictures whose class or caption the network is not told, so that guidance is possible'),
  autoencoder: z
    .string()
    .optional()
    .describe(
      'the network works on what this autoencoder makes of pictures: a folder with encoder.onnx and decoder.onnx, or the .safetensors of a TAESD',
    )
    .meta({ argument: 'folder' }),
  textEncoder: z
    .string()
    .optional()
    .describe(
      'captions are read by this network, which stays as it is: a folder as on the Hugging Face hub with a BERT or MiniLM, or CLIP’s text model (config.json, tokenizer.json, model.safetensors); default: a small one is trained along',
    )
    .meta({ argument: 'folder' }),
  textLength: z
    .int()
    .min(4)
    .max(512)
    .optional()
    .describe('tokens of a caption that are read, the rest is cut off (default: 32)'),
  textVocabulary: z
    .int()
    .min(LEAST_TOKENS)
    .max(65_536)
    .optional()
    .describe('tokens that are learnt from the captions, at most (default: 2000)'),
  textWidth: z
    .int()
    .min(32)
    .max(2048)
    .multipleOf(32)
    .optional()
    .describe('numbers of a token in the encoder that is trained along (default: 128)'),
  textDepth: z.int().min(0).max(24).optional().describe('blocks of the encoder that is trained along (default: 2)'),
  textQuery: z
    .boolean()
    .optional()
    .describe(
      'the words of a caption ask the picture and write back, as AsCAN’s figure says taken literally; default: the picture asks the words',
    ),
  showEvery: z
    .int()
    .min(0)
    .default(10)
    .describe('epochs between two sheets of pictures that the network makes (progress/ in the run’s folder); 0 = none')
    .meta({ argument: 'epochs' }),
});

const count = z.int().min(1);

/** The same as a run keeps them: with how captions come to the network, where it is told captions. */
export const keptOptions = generateOptions.extend({
  text: z
    .strictObject({
      length: count,
      width: count,
      /** Whether the words ask the picture. */
      query: z.boolean(),
      /** The encoder that is trained along; without it captions come read already. */
      trained: z.strictObject({ vocabulary: count, depth: z.int().min(0), heads: count }).optional(),
    })
    .optional(),
});

/** The process that these options of training name. */
export const processOf = (options: unknown): Process => processNamed(keptOptions.parse(options).process);

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
    .describe('how strongly class or caption are followed; 1 = as the network says, at half the work'),
  guidanceFrom: z.number().min(0).max(1).default(0).describe('share of noise from which guidance acts'),
  guidanceTo: z.number().min(0).max(1).default(1).describe('share of noise up to which guidance acts'),
});
