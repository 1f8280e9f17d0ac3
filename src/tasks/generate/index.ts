/**
 * Pictures of a class, out of noise: the task as it runs anywhere, how noise becomes a picture, and how far made pictures are from real
 * ones.
 * @module
 */
export type { Process } from '../../diffusion/process.ts';
export { processes } from '../../diffusion/processes/index.ts';
export { type Predict, type Sampled, type SampleOptions, sample } from '../../diffusion/sample.ts';
export type { GenerateEvaluation } from './evaluation.ts';
export { generate } from './generate.ts';
