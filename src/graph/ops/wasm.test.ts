import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { recordedFamilies } from '../node/recorded.ts';
import { testCases } from './testing/cases.ts';
import { plainCases } from './testing/plain-cases.ts';
import './index.ts';

/** All operator cases in the other runtime, which may have another kernel for an operator, or none. */
const runtime = await wasmRuntime({ threads: 1 });

testCases(runtime, 'by hand', plainCases);
for (const { family, cases } of recordedFamilies()) testCases(runtime, family, cases);
