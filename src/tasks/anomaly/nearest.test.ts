import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { input, type Value } from '../../graph/value.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { heatMap } from './heat-map.ts';
import { nearest, pictureScore, switchedOff } from './nearest.ts';
import { patchMap, patchRows } from './patches.ts';
import { recording, tensorIn } from './testing/recording.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nativeRuntime();
});
afterAll(() => runtime.close());

async function run(outputs: Record<string, Value>, feeds: Record<string, Tensor>) {
  const program = await compile(runtime, graph(outputs, 'test'), { threads: 1 });
  const out = await program.run(feeds);
  await program.close();
  return out;
}

const of = (name: string, t: Tensor) => input(name, 'float32', ['N', ...t.shape.slice(1)]);
const whole = (name: string, t: Tensor) => input(name, 'float32', t.shape);

function normsOf(rows: Tensor<'float32'>): Tensor<'float32'> {
  const [count, width] = rows.shape as [number, number];
  return f32(
    [count],
    Array.from({ length: count }, (_, r) =>
      rows.data.subarray(r * width, (r + 1) * width).reduce((sum, v) => sum + v * v, 0),
    ),
  );
}

function near(actual: Tensor | undefined, expected: Tensor, tolerance: number, what: string): void {
  expect(actual?.shape, what).toEqual(expected.shape);
  const scale = Math.max(...(expected.data as Float32Array).map(Math.abs));
  const off = Math.max(...(expected.data as Float32Array).map((e, i) => Math.abs(Number(actual!.data[i]) - e)));
  expect(off / scale, what).toBeLessThan(tolerance);
}

describe('PatchCore as a graph, against anomalib', () => {
  const r = recording.patchcore;
  const levels = r.levels.map(tensorIn);
  const memory = tensorIn(r.memory);
  const norms = normsOf(memory);
  const fed = { a: levels[0]!, b: levels[1]!, memory, norms };
  const given = [of('a', levels[0]!), of('b', levels[1]!)];
  const rows = { rows: whole('memory', memory), norms: whole('norms', norms) };
  const map = patchMap(given);
  const patches = patchRows(map);
  const distances = nearest(patches, rows);
  const [height, width] = map.type.shape.slice(2) as [number, number];

  it('makes the same patches, distances, scores and maps', async () => {
    const out = await run(
      {
        patches: map,
        distances,
        score: pictureScore(patches, distances, rows),
        map: heatMap(distances, [height, width], r.size, { enlarge: 'nearest' }),
      },
      fed,
    );
    near(out.patches, tensorIn(r.patches), 1e-6, 'patches');
    const expected = tensorIn(r.distances);
    near(out.distances, f32([2, height * width], expected.data), 1e-5, 'distances');
    near(out.score, tensorIn(r.score), 1e-5, 'score');
    const maps = tensorIn(r.map);
    near(out.map, f32([2, 1, ...r.size], maps.data), 1e-5, 'map');
  });

  it('finds no row that is switched off', async () => {
    const plain = (await run({ distances }, fed)).distances!.data as Float32Array;
    const off = f32(
      norms.shape,
      norms.data.map((v, i) => (i < 30 ? switchedOff : v)),
    );
    const fewer = (await run({ distances }, { ...fed, norms: off })).distances!.data as Float32Array;
    const few = f32([10, memory.shape[1]!], memory.data.slice(30 * memory.shape[1]!));
    const short = { rows: whole('memory', few), norms: whole('norms', f32([10], norms.data.slice(30))) };
    const { d } = await run(
      { d: nearest(patches, short) },
      { a: fed.a, b: fed.b, memory: few, norms: f32([10], norms.data.slice(30)) },
    );
    near(d, f32([2, height * width], fewer), 1e-5, 'with thirty rows fewer');
    expect(fewer.some((v, i) => v > plain[i]! + 1e-3)).toBe(true);
  });
});
