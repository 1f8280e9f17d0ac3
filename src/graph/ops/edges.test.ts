import { afterAll, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { webRuntime } from '../../runtime/web/web.ts';
import { graph } from '../graph.ts';
import { input } from '../value.ts';
import { isAbove, isBelow } from './edges.ts';

const runtimes = [await nativeRuntime({ threads: 1 }), await webRuntime()];
afterAll(() => Promise.all(runtimes.map((r) => r.close())));

const bits = new DataView(new ArrayBuffer(4));
/** The float32 so many places further. */
function beside(x: number, places: number): number {
  if (x === 0) return places * 1e-30;
  bits.setFloat32(0, x);
  bits.setInt32(0, bits.getInt32(0) + (x > 0 ? places : -places));
  return bits.getFloat32(0);
}

it.each([0, 1, 6, -3, 3, 0.1, -1e-3, 255, 65504].map(Math.fround))(
  'tells the floats beside %f from it, and far ones, on both runtimes',
  async (edge) => {
    const near = [-3, -2, -1, 0, 1, 2, 3].map((p) => beside(edge, p));
    const far = [-3e38, -1e6, -7, -0.5, 0.5, 7, 1e6, 3e38].filter((v) => Math.abs(v - edge) > 0.01);
    const data = Float32Array.from([...near, ...far]);
    const x = input('x', 'float32', [data.length]);
    for (const runtime of runtimes) {
      const program = await compile(runtime, graph({ above: isAbove(x, edge), below: isBelow(x, edge) }));
      const { above, below } = await program.run({ x: f32([data.length], data) });
      await program.close();
      expect([...above!.data]).toEqual([...data].map((v) => Number(v > edge)));
      expect([...below!.data]).toEqual([...data].map((v) => Number(v < edge)));
    }
  },
);
