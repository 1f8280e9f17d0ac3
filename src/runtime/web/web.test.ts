import { expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { compile } from '../runtime.ts';
import { affine } from '../testing/models.ts';
import { webRuntime } from './web.ts';

// In a page: core.browser.test.ts. Node's own build of the library: ../node/adapters.test.ts.

it('runs the build for pages in Node as well, on one thread', async () => {
  const runtime = await webRuntime();
  expect([runtime.name, runtime.threads]).toEqual(['onnxruntime-web', 1]);
  const program = await compile(runtime, affine());
  const { z } = await program.run({ x: f32([1, 3], [1, 2, 3]), b: f32([3], [1, 1, 1]) });
  expect([...z!.data]).toEqual([3, 5, 7]);
  // The library is started once: later wishes cannot change its threads, and the runtime does not claim so.
  expect((await webRuntime({ threads: 8 })).threads).toBe(1);
});

it('says when the library does not load', async () => {
  const load = () => Promise.reject(new Error('404'));
  await expect(webRuntime({ load })).rejects.toThrow('onnxruntime-web does not load: 404');
});
