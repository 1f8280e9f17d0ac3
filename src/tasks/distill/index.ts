/**
 * Distillation: a small network learns from another one, on pictures without labels; the task as it runs anywhere.
 * @module
 */
export { distill } from './distill.ts';
export type { DistillEvaluation } from './evaluation.ts';
