/**
 * Which of several classes a picture shows: the task as it runs anywhere, its loss and its evaluation.
 * @module
 */
export { type ClassifyAnswer, classify } from './classify.ts';
export { crossEntropy } from './cross-entropy.ts';
export { accuracyInterval, type Evaluation, evaluate } from './evaluation.ts';
