import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32 } from '../../base/tensor.ts';
import { unmoved } from '../../data/geometry/placement.ts';
import { sigmoid } from '../../graph/build.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { compile, type Tensors } from '../../runtime/runtime.ts';
import { detect } from './detect.ts';

const classes = ['platelets', 'red', 'white'];
const POINTS = 400;
const runtimes = { native: await nativeRuntime(), wasm: await wasmRuntime({ threads: 1 }) };

/** What the answer is for each picture, of the outputs of a batch. */
function answers(outputs: Tensors, count: number, threshold: number) {
  return Array.from({ length: count }, (_, n) => {
    const one = Object.entries(outputs).map(([name, t]) => {
      const each = t.data.length / count;
      const data = (t.data as Float32Array).slice(n * each, (n + 1) * each);
      return [name, { ...t, shape: [1, ...t.shape.slice(1)], data }] as const;
    });
    const context = { classes, placements: [unmoved([320, 320])], options: { threshold } };
    return detect.answerOf(Object.fromEntries(one), context);
  });
}

function expectSameBoxes(chosenInside: Tensors, outside: Tensors, count: number, threshold = 0.05): number {
  const [a, b] = [answers(chosenInside, count, threshold), answers(outside, count, threshold)];
  a.forEach(({ objects }, n) => {
    expect(objects.map(({ label }) => label)).toEqual(b[n]!.objects.map(({ label }) => label));
    objects.forEach(({ score, box }, i) => {
      const other = b[n]!.objects[i]!;
      expect(Math.abs(score - other.score)).toBeLessThan(1e-4);
      expect(Math.max(...box.map((v, k) => Math.abs(v - other.box[k]!)))).toBeLessThan(1e-4);
    });
  });
  return a.reduce((sum, { objects }) => sum + objects.length, 0);
}

/** Cells as in pictures of blood: clumps of boxes around a few places, most scores low. */
function crowd(count: number) {
  const rng = random(5, 'crowd', count);
  const boxes: number[] = [];
  const scores: number[] = [];
  for (let n = 0; n < count; n++) {
    const places = Array.from({ length: 25 }, () => [20 + 280 * rng.uniform(), 20 + 280 * rng.uniform()] as const);
    for (let i = 0; i < POINTS; i++) {
      const [x, y] = places[i % places.length]!;
      const [dx, dy, w, h] = [4 * rng.normal(), 4 * rng.normal(), 30 + 8 * rng.normal(), 30 + 8 * rng.normal()];
      boxes.push(x + dx - w / 2, y + dy - h / 2, x + dx + w / 2, y + dy + h / 2);
      for (let c = 0; c < classes.length; c++) scores.push(-4 + 2.5 * rng.normal());
    }
  }
  return { boxes: f32([count, POINTS, 4], boxes), scores: f32([count, POINTS, classes.length], scores) };
}

describe.each(['native', 'wasm'] as const)('boxes chosen inside the graph, %s', (name) => {
  const network = {
    outputs: {
      boxes: input('boxes', 'float32', ['N', POINTS, 4]),
      scores: input('scores', 'float32', ['N', POINTS, classes.length]),
    },
  } as unknown as Parameters<typeof detect.ship.outputs>[0];

  it('are those chosen outside, for any number of pictures, also where there is nothing', async () => {
    const { detections } = detect.ship.outputs(network, { nms: true });
    const outside = sigmoid(network.outputs.scores!);
    const g = graph({ detections: detections!, sure: outside });
    expect(detections!.type.shape).toEqual(['N', 100, 6]);
    expect(graphCost(g, { N: 1 }).macs).toBe(0);
    const program = await compile(runtimes[name], g, { target: 'standard' });
    for (const count of [1, 3]) {
      const cells = crowd(count);
      const { detections: inside, sure } = await program.run(cells);
      expect(expectSameBoxes({ detections: inside! }, { boxes: cells.boxes, scores: sure! }, count)).toBeGreaterThan(
        40 * count,
      );
      const data = inside!.data as Float32Array;
      for (let at = 6; at < 600; at += 6) expect(data[at + 4]!).toBeLessThanOrEqual(data[at - 2]!);
    }
    const { boxes, scores } = crowd(2);
    const dark = { ...scores, data: scores.data.map((v, i) => (i < scores.data.length / 2 ? v : -30)) };
    const { detections: half, sure } = await program.run({ boxes, scores: dark });
    expectSameBoxes({ detections: half! }, { boxes, scores: sure! }, 2);
    expect([...half!.data.slice(600, 606)]).toEqual([0, 0, 0, 0, 0, -1]);
    const none = await program.run({ boxes, scores: { ...scores, data: scores.data.map(() => -30) } });
    expect([...none.detections!.data.slice(0, 6)]).toEqual([0, 0, 0, 0, 0, -1]);
    await program.close();
  });

  it('are those chosen outside for a network', { timeout: 60_000 }, async () => {
    const size = [96, 96] as const;
    const real = detect.network(createModel('mobilenetv2_035', { size, classes: 3 }), {});
    const g = graph({
      ...detect.ship.outputs(real, { nms: true, nmsThreshold: 0.005 }),
      ...detect.ship.outputs(real, {}),
    });
    const program = await compile(runtimes[name], g, { constants: initialValues(g, 3), target: 'standard' });
    const rng = random(7, 'image');
    const image = f32(
      [2, 3, ...size],
      Array.from({ length: 2 * 3 * 96 * 96 }, () => rng.normal()),
    );
    const { detections, ...others } = await program.run({ image });
    expect(expectSameBoxes({ detections: detections! }, others, 2, 0.01)).toBeGreaterThan(0);
    await program.close();
  });
});

it('has another order where scores are nearly equal, and is compared in that of the other machine', () => {
  const row = (left: number, score: number, label: number) => [left, 0, left + 10, 10, score, label];
  const empty = [0, 0, 0, 0, 0, -1];
  const tensorOf = (...rows: number[][]) => ({ detections: f32([1, rows.length, 6], rows.flat()) });
  const wanted = tensorOf(row(1, 0.9, 0), row(50, 0.9, 0), row(30, 0.0501, 1), empty);
  const { inOrder } = detect.ship;
  const swapped = inOrder!(wanted, tensorOf(row(50, 0.9, 0), row(1, 0.9, 0), row(30, 0.0501, 1), empty));
  expect(swapped).toEqual(wanted);
  expect(inOrder!(wanted, tensorOf(row(1, 0.9, 0), row(50, 0.9, 0), empty, empty))).toEqual(wanted);
  const other = inOrder!(wanted, tensorOf(row(1, 0.9, 0), row(50, 0.9, 1), row(30, 0.0501, 1), empty));
  expect(other).not.toEqual(wanted);
  const more = inOrder!(wanted, tensorOf(row(1, 0.9, 0), row(50, 0.9, 0), row(30, 0.0501, 1), row(70, 0.8, 0)));
  expect(more).not.toEqual(wanted);
});
