/**
 * How well pictures were divided into classes: overlap of whole regions, and of their edges.
 * @module
 */
export * from './boundary.ts';
export * from './pixels.ts';
