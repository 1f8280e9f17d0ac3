import { f32 } from '../../../base/tensor.ts';
import { compile } from '../../runtime.ts';
import { affine } from '../../testing/models.ts';
import { openRuntime } from '../open.ts';

// For open.test.ts: opens the runtime that works here, runs it, says what happened, and does not close it.
const notices: string[] = [];
const runtime = await openRuntime({ worker: process.argv[2] === 'worker', onNotice: (m) => notices.push(m) });
const program = await compile(runtime, affine());
const { z } = await program.run({ x: f32([1, 3], [1, 2, 3]), b: f32([3], [1, 1, 1]) });
process.send?.({ name: runtime.name, z: [...(z!.data as Float32Array)], notices });
process.disconnect?.();
