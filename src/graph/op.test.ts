import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import './ops/index.ts';
import { attrsOf } from './attributes.ts';
import { aligned } from './channel-context.ts';
import { allOps, apply, apply1, applyNamed, type OpRecord } from './op.ts';
import { isOpName, signatures } from './ops/signatures.ts';
import { constant, input, type Node } from './value.ts';

const x = input('x', 'float32', ['N', 4, 8, 8]);
const w = constant(f32([4, 4, 1, 1]));

describe('what does not compile', () => {
  it('an operator that there is not', () => {
    // @ts-expect-error: no such name
    expect(() => apply('Cnov', [x, w])).toThrow("did you mean 'Conv'");
    // @ts-expect-error: no node has such an operator
    const never = (node: Node) => node.op === 'Cnov';
    expect(never).toBeDefined();
  });

  it('an attribute that the operator does not have', () => {
    // @ts-expect-error: Conv has 'strides'
    expect(() => apply('Conv', [x, w], { stride: [2, 2] })).toThrow('stride');
    // @ts-expect-error: Relu has none
    expect(() => apply('Relu', [x], { axis: 1 })).toThrow('axis');
  });

  it('an attribute of another kind, or a word that is none of those there are', () => {
    // @ts-expect-error: a number, not a text
    expect(() => apply('Conv', [x, w], { group: '1' })).toThrow("'group'");
    // @ts-expect-error: 'tanh' or 'none'
    expect(apply1('Gelu', [x], { approximate: 'tan' })).toBeDefined();
  });

  it('an attribute that is needed and left out', () => {
    // @ts-expect-error: which axis?
    expect(() => apply('Concat', [x, x])).toThrow("the attribute 'axis' is missing");
    expect(() => applyNamed('Concat', [x, x])).toThrow("the attribute 'axis' is missing");
  });

  it('a record without a gradient, a relation of channels, or with a name that has no signature', () => {
    const rest = { infer: () => [], channels: aligned } as const;
    // @ts-expect-error: a rule, 'stops' or 'none'
    const silent: OpRecord<'Abs'> = { name: 'Abs', ...rest };
    // @ts-expect-error: which channels hang together
    const unrelated: OpRecord<'Abs'> = { name: 'Abs', infer: () => [], gradient: 'none' };
    // @ts-expect-error: not in signatures.ts
    const unknown: OpRecord<'Cnov'> = { name: 'Cnov', ...rest, gradient: 'none' };
    expect([silent, unrelated, unknown]).toHaveLength(3);
  });

  it('a question for an attribute that the operator does not have', () => {
    const node = apply1('Softmax', [x]).origin;
    if (node.kind !== 'node' || node.node.op !== 'Softmax') throw new Error('unexpected');
    const attrs = attrsOf({ ...node.node, op: 'Softmax' });
    expect(attrs.int('axis')).toBe(-1);
    // @ts-expect-error: Softmax has no such attribute
    expect(() => attrs.int('axes')).toThrow("'axes'");
  });
});

it('every signature has its record', () => {
  expect(allOps().map((op) => op.name)).toEqual(Object.keys(signatures).sort());
});

it('what is not of the standard, or never printed, has a form in simpler operators', () => {
  const open = allOps().filter((op) => (op.domain || op.unprinted) && !op.lower);
  expect(open.map((op) => op.name)).toEqual([]);
});

/**
 * These look for what an exporter has written out, or makes of a file's operators ours: they name what they look for. Everything else
 * asks the record.
 */
const patterns = [
  /^onnx\/import\/(convert|recognise)\//,
  /^onnx\/import\/slots\.ts$/,
  /^imported\/(ending|notes)\.ts$/,
];

it('nobody keeps a list of operators: what is asked of one is in its record', () => {
  const folder = new URL('../', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\/|^graph\/ops\//.test(file))
    .filter((file) => !patterns.some((p) => p.test(file)));
  const lists = files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const found = [...text.matchAll(/\[\s*'\w+'(?:\s*,\s*'\w+')+\s*,?\s*\]/g)];
    return found
      .filter(([list]) => [...list.matchAll(/'(\w+)'/g)].filter(([, word]) => isOpName(word!)).length > 1)
      .map(([list]) => `${file}: ${list}`);
  });
  expect(lists).toEqual([]);
});
