import { describe, expect, it } from 'vitest';
import { bytesIn } from '../base/bytes.ts';
import { f32, i64, type Tensor, tensor } from '../base/tensor.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { type Graph, graph, nameOf, roleOf } from '../graph/graph.ts';
import { halfBits } from '../graph/ops/host.ts';
import { input } from '../graph/value.ts';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { deviation, expectSame, runFile, runImported, runtime } from './import/testing/compare.ts';
import { float, int, ints, modelOf, node } from './import/testing/wire.ts';
import { toOnnx } from './print.ts';
import { type Candidate, fromOnnx } from './read.ts';
import { externalize } from './wire/externalize.ts';
import { decodeModel, encodeModel } from './wire/model.ts';

describe('what we write, we read', () => {
  const model = createModel('ascan-nano', { size: 64, classes: 7 });
  const g = cleanUp(classifier(model));
  const constants = formulaWeights(g);
  const image = formulaInput('image', [2, 3, 64, 64]);
  const rounds = (target: 'standard' | 'ort') => decodeModel(encodeModel(toOnnx(g, { target, constants })));
  const bits = (t: Tensor) => new Uint32Array(t.data.buffer, t.data.byteOffset, t.data.length);

  it.each(['standard', 'ort'] as const)('AsCAN, printed for %s, gives the same bits', async (target) => {
    const program = await compile(runtime, g, { target, constants });
    const first = (await program.run({ image })).logits!;
    await program.close();
    const again = fromOnnx(rounds(target));
    expect(again.graph.inputs.map((v) => [nameOf(v), v.type.shape])).toEqual([['image', ['N', 3, 64, 64]]]);
    expect(again.graph.params).toEqual([]);
    expect(bits((await runImported(again, { image }, target)).logits!)).toEqual(bits(first));
    // As parameters too, and once more through the printer.
    const trained = fromOnnx(rounds(target), { parameters: true });
    expect(bits((await runImported(trained, { image }, target)).logits!)).toEqual(bits(first));
    const third = fromOnnx(decodeModel(encodeModel(toOnnx(trained.graph, { target, constants: trained.weights }))));
    expect(bits((await runImported(third, { image }, target)).logits!)).toEqual(bits(first));
  });

  it('the parameters come back with their names, roles and values', () => {
    const { graph: back, weights } = fromOnnx(rounds('standard'), { parameters: true });
    const told = (which: Graph) =>
      which.params.map((p) => [nameOf(p)!, roleOf(p), p.type.shape.join()].join(' ')).sort();
    expect(told(back)).toEqual(told(g));
    for (const [name, t] of constants)
      expect(Buffer.from(bytesIn(weights.get(name)!.data)).equals(bytesIn(t.data)), name).toBe(true);
    expect(weights.size).toBe(constants.size);
  });

  it('the operators are the same, the written-out ones recognised', () => {
    const ops = (which: Graph) => which.nodes.map((n) => n.op).sort();
    const read = (target: 'standard' | 'ort') => ops(fromOnnx(rounds(target), { parameters: true }).graph);
    expect(read('ort')).toEqual(ops(g));
    // A transposed and scaled product is three operators of the standard.
    const apart = ['FusedMatMul', 'MatMul', 'Transpose', 'Mul'];
    const rest = (list: string[]) => list.filter((op) => !apart.includes(op));
    expect(rest(read('standard'))).toEqual(rest(ops(g)));
    expect(ops(g)).toContain('Swish');
  });
});

/** x → conv → batch norm → relu → pooled → linear; with a position-like vector and a mask. */
const small = modelOf({
  opset: 17,
  inputs: { image: ['batch', 3, 8, 8] },
  initializers: {
    mean: f32([1, 3, 1, 1], [0.5, 0.4, 0.3]),
    'stem.weight': formulaInput('stem', [4, 3, 3, 3]),
    'bn.weight': f32([4], [1, 2, 3, 4]),
    'bn.bias': f32([4]),
    'bn.running_mean': f32([4], [0.1, 0.2, 0.3, 0.4]),
    'bn.running_var': f32([4], [1, 1, 2, 2]),
    position: formulaInput('position', [1, 4, 6, 6]),
    mask: f32(
      [1, 1, 6, 6],
      Array.from({ length: 36 }, (_, i) => (i % 5 === 0 ? -100 : 0)),
    ),
    'fc.weight': formulaInput('fc', [5, 4]),
    'fc.bias': f32([5], [1, 2, 3, 4, 5]),
    shape: i64([2], [0, -1]),
    two: f32([], [2]),
  },
  nodes: [
    node('Sub', ['image', 'mean'], ['prepared']),
    node('Conv', ['prepared', 'stem.weight'], ['c'], { kernel_shape: ints(3, 3) }, { name: '/stem/conv/Conv' }),
    node('BatchNormalization', ['c', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'], ['n']),
    node('Add', ['n', 'position'], ['p']),
    node('Add', ['p', 'mask'], ['m']),
    node('Relu', ['m'], ['r']),
    node('Mul', ['r', 'two'], ['d']),
    node('GlobalAveragePool', ['d'], ['g']),
    node('Reshape', ['g', 'shape'], ['features']),
    node('Gemm', ['features', 'fc.weight', 'fc.bias'], ['logits'], { transB: int(1) }),
  ],
  outputs: ['logits'],
});

describe('parameters', () => {
  const learned = ['stem.weight', 'bn.weight', 'bn.bias', 'position', 'fc.weight', 'fc.bias'];
  const statistics = ['bn.running_mean', 'bn.running_var'];
  const names = (role: string, g: Graph) =>
    g.params
      .filter((p) => roleOf(p) === role)
      .map((p) => nameOf(p)!)
      .sort();

  it('are what is used as weights, a named number too: no statistics, masks, nor what prepares the image', async () => {
    const { graph: g, weights } = await expectSame(small, { options: { parameters: true } });
    expect(names('trainable', g)).toEqual([...learned, 'two'].sort());
    expect(names('statistic', g)).toEqual(statistics);
    expect([...weights.keys()].sort()).toEqual([...learned, 'two', ...statistics].sort());
    expect(g.constants.filter((c) => c.type.dtype === 'float32').map((c) => c.type.shape.join())).toEqual([
      '1,3,1,1',
      '1,1,6,6',
    ]);
  });

  it('are chosen by patterns; the statistics come along', () => {
    const { graph: g } = fromOnnx(small, { parameters: ['bn.weight', 'fc.*', 'nothing'] });
    expect(names('trainable', g)).toEqual(['bn.weight', 'fc.bias', 'fc.weight']);
    expect(names('statistic', g)).toEqual(statistics);
    expect(fromOnnx(small, { parameters: ['?ask'] }).weights.has('mask')).toBe(true);
    expect(fromOnnx(small, { parameters: ['fc?weight', 'f(c'] }).weights.size).toBe(1);
  });

  it('are chosen by a function that is told what each is for', () => {
    const seen: Candidate[] = [];
    const { graph: g } = fromOnnx(small, {
      parameters: (c) => {
        seen.push(c);
        return c.name === 'fc.bias' ? 'frozen' : c.op === 'Conv';
      },
    });
    expect(names('frozen', g)).toEqual(['fc.bias']);
    expect(names('trainable', g)).toEqual(['stem.weight']);
    expect(seen.find((c) => c.name === 'stem.weight')).toEqual({
      name: 'stem.weight',
      source: 'stem.weight',
      shape: [4, 3, 3, 3],
      op: 'Conv',
      input: 1,
      learned: true,
      role: 'trainable',
    });
    expect(seen.find((c) => c.name === 'mask')?.learned).toBe(false);
    expect(seen.find((c) => c.name === 'bn.running_var')?.role).toBe('statistic');
  });

  it('none are made unless asked for', () => {
    expect(fromOnnx(small).graph.params).toEqual([]);
    expect(fromOnnx(small).weights.size).toBe(0);
  });

  it('have values of their own, not the file’s memory', () => {
    const file = decodeModel(encodeModel(small));
    const { weights } = fromOnnx(file, { parameters: true });
    weights.get('fc.bias')!.data.fill(9);
    expect(fromOnnx(file, { parameters: true }).weights.get('fc.bias')!.data[0]).toBe(1);
  });

  it('that are equal and written once are parameters of their own, as the exporters had them', async () => {
    const norm = (x: string, y: string, scale: string) =>
      node('BatchNormalization', [x, scale, 'zero', 'zero', 'one'], [y]);
    const model = modelOf({
      inputs: { x: ['N', 2, 4] },
      initializers: { one: f32([2], [1, 1]), zero: f32([2]) },
      nodes: [
        node('Identity', ['one'], ['second.weight']),
        norm('x', 'a', 'one'),
        norm('a', 'b', 'second.weight'),
        node('Relu', ['b'], ['y']),
      ],
      outputs: ['y'],
    });
    const { graph: g, weights } = await expectSame(model, { options: { parameters: true } });
    expect(g.params.length).toBe(8);
    expect([...weights.keys()].sort()).toEqual([
      'one',
      'one.1',
      'one.2',
      'second.weight',
      'zero',
      'zero.1',
      'zero.2',
      'zero.3',
    ]);
  });

  it('stay parameters where a weight is reshaped, gathered from or repeated before it is used', async () => {
    const model = modelOf({
      inputs: { x: ['N', 6, 4] },
      initializers: {
        table: formulaInput('table', [5, 1]),
        index: i64(
          [6, 4],
          Array.from({ length: 24 }, (_, i) => i % 5),
        ),
        back: i64([2], [6, 4]),
        token: formulaInput('token', [1, 1, 4]),
        minus: i64([1], [-1]),
        w: formulaInput('w', [4, 4]),
        zero: i64([1], [0]),
        tail: i64([2], [1, 4]),
      },
      nodes: [
        node('Gather', ['table', 'index'], ['g'], { axis: int(0) }),
        node('Reshape', ['g', 'back'], ['bias']),
        node('Transpose', ['w'], ['wt']),
        node('MatMul', ['x', 'wt'], ['h']),
        node('Add', ['h', 'bias'], ['hb']),
        node('Shape', ['x'], ['s']),
        node('Gather', ['s', 'zero'], ['n']),
        node('Concat', ['n', 'tail'], ['to'], { axis: int(0) }),
        node('Expand', ['token', 'to'], ['tokens']),
        node('Concat', ['tokens', 'hb'], ['y'], { axis: int(1) }),
      ],
      outputs: ['y'],
    });
    const { graph: g } = await expectSame(model, { options: { parameters: true } });
    expect(names('trainable', g)).toEqual(['table', 'token', 'w']);
    expect((await expectSame(model)).graph.nodes.filter((n) => n.op === 'Gather')).toEqual([]);
  });
});

describe('reading', () => {
  it('keeps the names of the file', () => {
    const { named, opset, producer, graph: g } = fromOnnx(small);
    expect([...named.keys()]).toEqual(['image', 'prepared', 'c', 'n', 'p', 'm', 'r', 'd', 'g', 'features', 'logits']);
    expect(named.get('logits')).toBe(g.outputs.get('logits'));
    expect(graph({ f: named.get('features')! }).nodes.at(-1)!.op).toBe('Reshape');
    expect([opset, producer, g.name]).toEqual([17, 'test', 'test']);
    expect(named.get('c')!.origin).toMatchObject({ node: { scope: 'stem.conv' } });
  });

  it('takes half floats as float32', async () => {
    const half = (t: Tensor<'float32'>) => tensor('float16', t.shape, Uint16Array.from(t.data, halfBits));
    const x = { dtype: 'float16' as const, shape: ['N', 3] };
    const model = modelOf({
      inputs: { x },
      initializers: { w: half(formulaInput('w', [3, 4])), two: half(f32([], [2])) },
      nodes: [
        node('MatMul', ['x', 'w'], ['a']),
        node('Mul', ['a', 'two'], ['b']),
        node('Cast', ['b'], ['c'], { to: int(10) }),
        node('Cast', ['c'], ['y'], { to: int(1) }),
      ],
      outputs: ['y'],
    });
    const feed = f32([2, 3], [1, 0.5, -0.25, 2, 1, -1]);
    const expected = await runFile(encodeModel(model), { x: half(feed) });
    for (const parameters of [undefined, true] as const) {
      const imported = fromOnnx(model, { parameters });
      expect(imported.graph.inputs[0]!.type.dtype).toBe('float32');
      expect(deviation((await runImported(imported, { x: feed })).y!, expected.y!)).toBeLessThan(2e-3);
      expect(imported.graph.nodes.map((n) => n.op)).toEqual(['MatMul', 'Mul']);
    }
  });

  it('fetches tensors from side files', async () => {
    const { model, pieces } = externalize(small, 'side.data', 256);
    const side = Uint8Array.from(pieces.flatMap((p) => [...p]));
    expect(side.length).toBeGreaterThan(400);
    expect(() => fromOnnx(model)).toThrow(/'stem.weight' keeps its values in 'side.data'/);
    const imported = fromOnnx(model, { readExternal: (_, offset, length) => side.slice(offset, offset + length) });
    const image = formulaInput('image', [2, 3, 8, 8]);
    const [a, b] = [await runImported(imported, { image }), await runImported(fromOnnx(small), { image })];
    expect(a.logits!.data).toEqual(b.logits!.data);
  });

  it('takes other shapes for inputs, or values in their place', () => {
    expect(fromOnnx(small, { inputs: { image: [4, 3, 8, 8] } }).graph.outputs.get('logits')!.type.shape).toEqual([
      4, 5,
    ]);
    expect(() => fromOnnx(small, { inputs: { picture: [1, 3, 8, 8] } })).toThrow(
      /unknown input of the model 'picture'/,
    );
    expect(() => fromOnnx(small, { inputs: { image: [1, 3, 8] } })).toThrow(/has 4 dimensions/);
    const x = input('photo', 'float32', ['M', 3, 8, 8]);
    expect(fromOnnx(small, { inputs: { image: x } }).graph.inputs).toEqual([x]);
    expect(() => fromOnnx(small, { inputs: { image: input('photo', 'uint8', ['M', 3, 8, 8]) } })).toThrow(
      /takes float32/,
    );
  });

  it('takes sizes that nobody knows as symbols, and keeps apart what has no name', () => {
    const unknown = modelOf({
      inputs: { x: [0, 3], z: ['2*odd name', 3] },
      nodes: [node('Relu', ['x'], ['y']), node('Relu', ['z'], ['w'])],
      outputs: ['y', 'w'],
    });
    const { graph: g } = fromOnnx(unknown);
    expect([...g.outputs.values()].map((v) => v.type.shape)).toEqual([
      ['x_0', 3],
      ['(2·odd name)', 3],
    ]);
  });

  it('folds what is known, and leaves to the runtime what would grow', () => {
    const model = modelOf({
      inputs: { x: [1, 4] },
      initializers: { n: i64([1], [1_000_000]), seed: f32([1], [1]) },
      nodes: [
        node('ConstantOfShape', ['n'], ['big']),
        node('Add', ['seed', 'seed'], ['two']),
        node('Sqrt', ['two'], ['root']),
        node('Mul', ['x', 'root'], ['a']),
        node('Add', ['a', 'two'], ['y']),
        node('Add', ['big', 'seed'], ['z']),
      ],
      outputs: ['y', 'z'],
    });
    const { graph: g } = fromOnnx(model);
    expect(g.nodes.map((n) => n.op)).toEqual(['ConstantOfShape', 'Mul', 'Add', 'Add']);
  });

  it('with a negative slope alike in every form', async () => {
    const model = modelOf({
      inputs: { x: ['N', 9] },
      nodes: [node('LeakyRelu', ['x'], ['y'], { alpha: float(0.3) })],
      outputs: ['y'],
    });
    expect((await expectSame(model)).graph.nodes[0]!.attrs.alpha).toBeCloseTo(0.3);
  });
});
