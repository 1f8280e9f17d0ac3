import { afterAll, describe, it } from 'vitest';
import { findChromium } from '../../runtime/web/testing/chromium.ts';
import { softwareGpuRuntime } from '../../runtime/web/testing/remote.ts';
import { recordedFamilies } from '../node/recorded.ts';
import { opNamed, opOf } from '../op.ts';
import type { RecordedCase } from '../op-table.ts';
import { testCases } from './testing/cases.ts';
import { plainCases } from './testing/plain-cases.ts';
import './index.ts';

/**
 * Operator cases on WebGPU, which has kernels of its own; the processor does what they do not (`offGpu`). A software GPU is slow: all cases
 * run where YOSEGI_TEST_WEBGPU is set, else one of each family, and one of each operator of which a processor does a part.
 */
const chromium = findChromium('webgpu.test');
const every = Boolean(process.env.YOSEGI_TEST_WEBGPU);

/** Float64 is no number of WebGPU; the runtime does not load a model with it. */
const known = ({ inputs, attrs }: RecordedCase) => attrs.to !== 11 && inputs.every((r) => r?.dtype !== 'float64');

const seen = new Set<string>();
const isNew = (what: string) => seen.size < seen.add(what).size;

if (chromium) {
  const runtime = await softwareGpuRuntime(chromium);
  afterAll(() => runtime.close());
  for (const { family, cases } of [{ family: 'by hand', cases: plainCases }, ...recordedFamilies()]) {
    const shared = (c: RecordedCase) => opOf(opNamed(c.op)).offGpu !== undefined;
    const first = (c: RecordedCase) => isNew(family) || (shared(c) && isNew(c.op));
    testCases(runtime, family, cases, (c) => known(c) && (every || first(c)));
  }
} else describe.skip('webgpu', () => it('has no browser'));
