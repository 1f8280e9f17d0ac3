import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { modelOf, node } from '../../onnx/import/testing/wire.ts';
import { decodeModel } from '../../onnx/wire/model.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import { compile, type Runtime, type Tensors } from '../../runtime/runtime.ts';
import { buildImported } from '../build.ts';
import { type ImportModelOptions, importModel } from '../import.ts';
import { labelsIn } from '../labels.ts';
import { contractNames } from './contracts.ts';

/**
 * Small files of every form (reference/import/make_contracts.py): the graph's boxes, scores and maps against those that NumPy decodes from the
 * outputs of the file itself.
 */
const at = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
interface Answer {
  readonly boxes?: readonly (readonly (readonly number[])[])[];
  readonly labels?: readonly number[];
  readonly row?: readonly number[];
}
const answers: Readonly<Record<string, Answer>> = JSON.parse(readFileSync(at('answers.json'), 'utf8'));
const fileOf = (name: string) => decodeModel(readFileSync(at(`${name}.onnx`)));
const LABELS = ['cell', 'bar', "driver's cab"];
const [H, W] = [64, 96];

/** What the script feeds. */
const picture = f32(
  [2, 3, H, W],
  Float32Array.from({ length: 6 * H * W }, (_, i) => ((i * i * 31 + i * 7919) % 65521) / 65520),
);

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime();
});
afterAll(() => runtime.close());

function taken(name: string, options: ImportModelOptions = {}) {
  const file = fileOf(name);
  const labels = labelsIn(file);
  return importModel(file, { name, ...(labels && { labels }), ...options });
}

async function answered(draft: ReturnType<typeof importModel>): Promise<Tensors> {
  const { answers: given } = buildImported(draft.onnx, draft);
  const program = await compile(runtime, graph(given!), { constants: draft.weights, target: 'standard' });
  try {
    return await program.run({ image: picture });
  } finally {
    await program.close();
  }
}

/** Of each picture the surest pairs of a box and a class. */
function best(boxes: Tensor, scores: Tensor, count: number): number[][][] {
  const [n, points, classes] = scores.shape as [number, number, number];
  const [b, s] = [boxes.data as Float32Array, scores.data as Float32Array];
  return Array.from({ length: n }, (_, i) => {
    const from = i * points * classes;
    const order = [...s.subarray(from, from + points * classes).keys()].sort((x, y) => s[from + y]! - s[from + x]!);
    return order.slice(0, count).map((k) => {
      const box = (i * points + Math.floor(k / classes)) * 4;
      return [...b.subarray(box, box + 4), s[from + k]!, k % classes];
    });
  });
}

const rows = ({ data, shape }: Tensor, count: number): number[][][] =>
  Array.from({ length: shape[0]! }, (_, i) =>
    Array.from({ length: count }, (_, r) => {
      const from = (i * shape[1]! + r) * shape[2]!;
      return [...(data as Float32Array).subarray(from, from + 6)];
    }),
  );

function expectBoxes(actual: number[][][], expected: readonly (readonly (readonly number[])[])[]) {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((list, i) => {
    list.forEach((row, r) => {
      row.forEach((v, k) => {
        expect(Math.abs(actual[i]![r]![k]! - v), `picture ${i}, box ${r}: ${actual[i]![r]} for ${row}`).toBeLessThan(
          k < 4 ? 2e-3 : 1e-4,
        );
      });
    });
  });
}

/** The contract that is found, and what has to be said for it to be. */
const forms: readonly [file: string, contract: string, options?: ImportModelOptions][] = [
  ['yolov8', 'yolov8'],
  ['yolov8-masks', 'yolov8'],
  ['yolov5', 'yolov5'],
  ['yolov6', 'yolov6'],
  ['yolox', 'yolox'],
  ['yolov8-levels', 'yolov8-levels', { labels: LABELS }],
  ['yolov5-levels', 'yolov5-levels', { output: 'yolov5-levels' }],
  ['yolov7-levels', 'yolov7-levels', { output: 'yolov7-levels' }],
  ['yolo-nms', 'yolo-nms'],
  // Made for one picture: two run one after the other.
  ['yolo-nms-one', 'yolo-nms'],
  ['yolov7-nms', 'yolov7-nms'],
  ['torchvision', 'torchvision'],
  ['tf-detection', 'tf-detection'],
  ['ssd', 'ssd', { output: 'ssd' }],
  ['boxes-scores', 'boxes-scores', { output: 'boxes-scores' }],
  ['detr', 'detr'],
  ['rt-detr', 'rt-detr'],
  ['class-map', 'class-map'],
  ['class-map-softmax', 'class-map'],
  ['class-map-labels', 'class-map'],
  ['mask', 'mask'],
  ['text-map', 'text-map'],
];

describe.each(forms)('%s', (name, contract, options) => {
  it('is decoded in the graph as in NumPy', async () => {
    const draft = taken(name, options);
    expect(draft.answers?.contract).toBe(contract);
    const given = await answered(draft);
    const { boxes, labels, row } = answers[name]!;
    if (boxes && given.detections) expectBoxes(rows(given.detections, 6), boxes);
    else if (boxes) expectBoxes(best(given.boxes!, given.confidence!, 6), boxes);
    else if (given.regions) expectRow(given.regions, row!);
    else {
      const { data, shape } = given.logits as Tensor<'float32'>;
      expect(shape.slice(2)).toEqual([H, W]);
      const classes = shape[1]!;
      const plane = H * W;
      const of = (i: number, p: number) => {
        const value = (c: number) => data[(i * classes + c) * plane + p]!;
        return Array.from({ length: classes }, (_, c) => c).reduce((a, c) => (value(c) > value(a) ? c : a), 0);
      };
      if (labels) {
        const counts = Array.from({ length: 4 }, () => 0);
        for (let i = 0; i < 2; i++) for (let p = 0; p < plane; p++) counts[of(i, p)]!++;
        expect(counts.map((n, c) => Math.abs(n - labels[c]!)).every((d) => d <= 2)).toBe(true);
        expect(Array.from({ length: W }, (_, x) => of(1, 20 * W + x))).toEqual(row);
      } else {
        const sure = row!.map((_, x) => {
          const p = 20 * W + x;
          return 1 / (1 + Math.exp(data[(classes + 0) * plane + p]! - data[(classes + 1) * plane + p]!));
        });
        sure.forEach((v, x) => {
          expect(v).toBeCloseTo(row![x]!, 4);
        });
      }
    }
  });
});

function expectRow({ data, shape }: Tensor, row: readonly number[]) {
  expect(shape).toEqual([2, 1, H, W]);
  row.forEach((v, x) => {
    expect(Number(data[H * W + 20 * W + x])).toBeCloseTo(v, 4);
  });
}

it('has a fixture for every contract but the two that only differ in a scale', () => {
  const shown = new Set(forms.map(([, contract]) => contract));
  expect(contractNames.filter((name) => !shown.has(name))).toEqual(['boxes-scores-labels', 'boxes-scores-shares']);
});

describe('what is not sure', () => {
  it('is an error that lists what is possible, and why', () => {
    expect(() => taken('ssd')).toThrow(/not sure: 'bboxes' float32\[N,8,4\][\s\S]*--output ssd: .*\n.*in pixels/);
    expect(() => taken('boxes-scores')).toThrow(/--output boxes-scores: [\s\S]*--output boxes-scores-shares: /);
    expect(() => taken('detr', { labels: LABELS })).toThrow(/no contract|No contract|not sure|no output is a matrix/i);
    // Which anchors were meant stands nowhere in the file.
    expect(() => taken('yolov5-levels')).toThrow(
      /--output yolov5-levels: [\s\S]*strides 8, 16, 32[\s\S]*--output yolov7-levels: /,
    );
    expect(() => taken('yolov8', { size: [64, 64] })).toThrow();
  });

  it('is asked for where a contract is named that does not fit', () => {
    expect(() => taken('yolov8', { output: 'detr' })).toThrow(
      /do not have the form of detr .*'output0' float32\[N,7,126\].*\n +--output yolov8: /,
    );
    expect(() => taken('yolov8', { output: 'yolov9' })).toThrow(/unknown --output 'yolov9'; did you mean 'yolov8'/);
    expect(() => taken('mask', { output: 'text-map' }).answers).not.toThrow();
    expect(taken('mask', { output: 'text-map' }).answers).toMatchObject({ task: 'detect', classes: 1 });
  });

  it('is a mask or text, unless Paddle says that it wrote the file, be it in the name of the graph alone', () => {
    const { graph: g, ...file } = fileOf('text-map');
    const by = (name: string) =>
      importModel({ ...file, producerName: '', producerVersion: '', graph: { ...g!, name } });
    expect(by('Model from PaddlePaddle.').answers).toMatchObject({ contract: 'text-map', task: 'detect' });
    expect(by('g').answers).toMatchObject({ contract: 'mask', task: 'segment' });
  });

  it('is how many classes chosen boxes have', () => {
    expect(() => importModel(fileOf('yolo-nms'))).toThrow(/do not show how many classes there are.*options\.labels/);
    expect(taken('yolo-nms').own?.labels).toEqual(LABELS);
  });

  it('leaves a classifier a classifier, whatever it gives beside its logits', () => {
    const two = modelOf({
      inputs: { image: ['N', 3, 32, 32] },
      initializers: { w: f32([5, 3, 1, 1]) },
      nodes: [
        node('Conv', ['image', 'w'], ['map']),
        node('GlobalAveragePool', ['map'], ['p']),
        node('Flatten', ['p'], ['logits']),
      ],
      outputs: ['logits', 'map'],
    });
    expect(importModel(two)).toMatchObject({ classes: 5, own: undefined });
  });
});

it('turns the colours round for families that take blue first, unless that is denied', async () => {
  expect(taken('yolox').notes.join()).toMatch(/blue, green, red/);
  const plain = await answered(taken('yolox', { bgr: false }));
  const turned = await answered(taken('yolox'));
  expect(plain.confidence!.data).not.toEqual(turned.confidence!.data);
});
