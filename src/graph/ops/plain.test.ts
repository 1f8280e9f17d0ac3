import { nativeRuntime } from '../../runtime/node/native.ts';
import { testCases } from './testing/cases.ts';
import { plainCases } from './testing/plain-cases.ts';
import './index.ts';

testCases(await nativeRuntime(), 'by hand', plainCases);
