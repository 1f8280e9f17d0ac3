/**
 * How well things were found: COCO's average precision and recall, what was taken for what, and thresholds for a wish.
 * @module
 */
export * from './coco.ts';
export * from './confusion.ts';
export type { TrueBox } from './match.ts';
export { type OperatingPoint, pointFor, type Wish } from './thresholds.ts';
