import { expect } from 'vitest';
import { sizeOf, type Tensor, toNumbers } from '../../../base/tensor.ts';
import { nativeRuntime } from '../../../runtime/node/native.ts';
import { compile, type Tensors } from '../../../runtime/runtime.ts';
import { formulaInput } from '../../../testing/formula.ts';
import { fromOnnx, type Imported, type ImportOptions } from '../../read.ts';
import type { Model } from '../../wire/messages.ts';
import { encodeModel } from '../../wire/model.ts';

export const runtime = await nativeRuntime();

/** Runs a model file as it is written: without the runtime's optimiser, whose faults would be on both sides of a comparison. */
export async function runFile(bytes: Uint8Array, feeds: Tensors): Promise<Record<string, Tensor>> {
  const program = await runtime.load(bytes, { optimize: 'none' });
  try {
    return await program.run(feeds);
  } finally {
    await program.close();
  }
}

/** Runs an imported graph as it would be exported. */
export async function runImported(
  g: Imported,
  feeds: Tensors,
  target: 'standard' | 'ort' = 'standard',
): Promise<Record<string, Tensor>> {
  const program = await compile(runtime, g.graph, { target, constants: g.weights });
  try {
    return await program.run(feeds);
  } finally {
    await program.close();
  }
}

/** The largest difference, relative to the largest number where that is above 1; shapes and infinities must agree. */
export function deviation(actual: Tensor, expected: Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [toNumbers(actual), toNumbers(expected)];
  const scale = Math.max(1, ...b.filter(Number.isFinite).map(Math.abs));
  return a.reduce((worst, x, i) => {
    const y = b[i]!;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return worst;
    return Math.max(worst, Math.abs(x - y) / scale);
  }, 0);
}

/** Inputs by formula for every float input of the file that `feeds` leaves out, symbols being 2. */
export function feedsFor(model: Model, feeds: Tensors = {}): Tensors {
  const all: Record<string, Tensor> = { ...feeds };
  const stored = new Set(model.graph.initializer.map((t) => t.name));
  for (const { name, type } of model.graph.input) {
    if (all[name] || stored.has(name) || type?.kind !== 'tensor') continue;
    const shape = type.shape!.map((d) => d.dimValue ?? 2);
    const t = formulaInput(name, shape);
    all[name] = { ...t, data: t.data.map((v) => 3 * v) };
    expect(sizeOf(shape)).toBeGreaterThan(0);
  }
  return all;
}

/** What we make of a model gives what ONNX Runtime gives on the model itself. */
export async function expectSame(
  model: Model,
  given: { feeds?: Tensors; options?: ImportOptions; tolerance?: number } = {},
): Promise<Imported> {
  const feeds = feedsFor(model, given.feeds);
  const expected = await runFile(encodeModel(model), feeds);
  const imported = fromOnnx(model, given.options);
  const needed = Object.fromEntries(imported.graph.inputs.map((v) => [nameIn(v.origin), feeds[nameIn(v.origin)]!]));
  const actual = await runImported(imported, needed);
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, t] of Object.entries(expected)) {
    expect(actual[name]!.dtype).toBe(t.dtype);
    expect(deviation(actual[name]!, t), name).toBeLessThanOrEqual(given.tolerance ?? 2e-6);
  }
  return imported;
}

const nameIn = (origin: { readonly kind: string; readonly name?: string }) => origin.name ?? '';
