import { describe } from 'vitest';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { recordedFamilies } from '../node/recorded.ts';
import { testCases } from './testing/cases.ts';
import '../ops/index.ts';

/** The cases of fixtures.test.ts in the other runtime, which may have another kernel for an operator, or none. */
const runtime = await wasmRuntime({ threads: 1 });

for (const { family, cases } of recordedFamilies()) describe(family, () => testCases(runtime, cases));
