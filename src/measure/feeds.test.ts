import { describe, expect, it } from 'vitest';
import { relu, transpose } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { input } from '../graph/value.ts';
import { toOnnx } from '../onnx/print.ts';
import { allowedBatches, imageSize, inputsOf, randomFeeds } from './feeds.ts';

const infoOf = (...shapes: (string | number)[][]) =>
  inputsOf(toOnnx(graph(Object.fromEntries(shapes.map((s, i) => [`y${i}`, relu(input(`x${i}`, 'float32', s))])))));

describe('randomFeeds', () => {
  it('fills every input in the asked batch and size', () => {
    const inputs = infoOf(['N', 3, 'H', 'W'], ['N', 'H', 'W', 3], ['N', 3, 16, 20]);
    const feeds = randomFeeds(inputs, 5, [8, 12]);
    expect(feeds.x0!.shape).toEqual([5, 3, 8, 12]);
    expect(feeds.x1!.shape).toEqual([5, 8, 12, 3]);
    expect(feeds.x2!.shape).toEqual([5, 3, 16, 20]);
    const values = feeds.x2!.data as Float32Array;
    expect(Math.abs(values.reduce((a, b) => a + b, 0) / values.length)).toBeLessThan(0.1);
    expect(values.at(-1)).not.toBe(0);
  });

  it('gives bytes to inputs of bytes', () => {
    const x = input('image', 'uint8', ['N', 4, 4, 3]);
    const [info] = inputsOf(toOnnx(graph({ y: transpose(x, [0, 3, 1, 2]) })));
    const { image } = randomFeeds([info!], 2);
    expect(image!.dtype).toBe('uint8');
    expect(new Set(image!.data as Uint8Array).size).toBeGreaterThan(20);
  });

  it('asks for the size where the model leaves it open', () => {
    expect(() => randomFeeds(infoOf(['N', 3, 'H', 'W']), 1)).toThrow(/give the image size/);
  });
});

it('finds the size of the image and the batch sizes a model takes', () => {
  expect(imageSize(infoOf(['N', 3, 16, 20]))).toEqual([16, 20]);
  expect(imageSize(infoOf(['N', 16, 20, 3]))).toEqual([16, 20]);
  expect(imageSize(infoOf(['N', 3, 'H', 'W']))).toBeUndefined();
  expect(allowedBatches(infoOf(['N', 3, 8, 8]), [1, 4])).toEqual([1, 4]);
  expect(allowedBatches(infoOf([2, 3, 8, 8]), [1, 4])).toEqual([2]);
});
