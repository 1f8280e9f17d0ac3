import { messageOf, oneOf } from '../../../base/errors.ts';
import type { Report } from './isolate.ts';
import { type ProbeName, probes } from './probes.ts';

/** Runs one probe, named by the first argument, and reports to the parent. */
const names = Object.keys(probes) as ProbeName[];
let report: Report<unknown>;
try {
  const probe = probes[oneOf('probe', process.argv[2] ?? '', names)];
  report = { value: await probe(process.argv[3]) };
} catch (error) {
  report = { error: messageOf(error) };
}
process.send?.(report);
