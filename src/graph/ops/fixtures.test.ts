import { nativeRuntime } from '../../runtime/node/native.ts';
import { recordedFamilies } from '../node/recorded.ts';
import { testCases } from './testing/cases.ts';

/**
 * Every operator on the cases recorded from PyTorch (reference/ops): its output, its gradients as PyTorch's autograd gave them,
 * and its gradients against finite differences of the operator itself.
 */
const runtime = await nativeRuntime();

for (const { family, cases } of recordedFamilies()) testCases(runtime, family, cases);
