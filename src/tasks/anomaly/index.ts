/**
 * Whether a part is unlike all good ones: the task as it runs anywhere, and how well anomalies were found.
 * @module
 */
export { anomaly } from './anomaly.ts';
export * as metrics from './metrics/index.ts';
