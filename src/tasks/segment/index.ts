/**
 * Which class each pixel shows: the task as it runs anywhere, and how well areas and edges were found.
 * @module
 */
export * as metrics from './metrics/index.ts';
export { segment } from './segment.ts';
