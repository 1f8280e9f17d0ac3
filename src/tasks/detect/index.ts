/**
 * Where things are, as boxes: the task as it runs anywhere, labels of other tools, and how well things were found.
 * @module
 */
export { detect } from './detect.ts';
export * as labels from './labels/index.ts';
export * as metrics from './metrics/index.ts';
