import { describe, expect, it } from 'vitest';
import { gradients } from '../../autodiff/gradients.ts';
import { f32 } from '../../base/tensor.ts';
import { cleanUp } from '../../graph/cleanup.ts';
import { graphCost } from '../../graph/cost.ts';
import { type Graph, graph, nameOf, reachable, roleOf } from '../../graph/graph.ts';
import { rebuild, replacing } from '../../graph/rewrite.ts';
import { input, type Value } from '../../graph/value.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { exitsLoss } from '../../tasks/classify/exits-loss.ts';
import { formulaInput, formulaWeights } from '../../testing/formula.ts';
import { trainingForm } from '../../train/mode.ts';
import { exitsGraph, exitsOf, type Model } from '../model.ts';
import { createModel, modelEntry } from '../registry.ts';
import { dynamicPerceiver } from './dynamic-perceiver.ts';

const paramNames = (value: Value) => new Set(reachable([value]).flatMap((v) => nameOf(v) ?? []));

/** Millions of parameters, and of multiply-accumulates for each exit (papers/dynamic-perceiver.md §4.5). */
const table: [string, number, number[]][] = [
  ['mobilenetV3_0x5', 4.7, [48, 86, 97, 124]],
  ['mobilenetV3_0x75', 9.3, [98, 182, 207, 266]],
  ['mobilenetV3', 15.16, [133, 277, 320, 425]],
  ['mobilenetV3_1x25', 22.73, [211, 437, 503, 668]],
  ['mobilenetV3_1x5', 31.56, [294, 612, 707, 943]],
  ['reg400m', 11.61, [262, 474, 610, 633]],
  ['reg800m', 21.8, [459, 1064, 1227, 1297]],
  ['reg1x6g', 27.16, [541, 1757, 1965, 2055]],
  ['reg3x2g', 62.74, [1133, 3794, 4135, 4394]],
  ['resnet50_0375', 20.28, [620, 1008, 1121, 1189]],
  ['resnet50_050', 34.19, [1063, 1750, 1952, 2072]],
  ['resnet50_0625', 51.67, [1625, 2696, 3011, 3198]],
  ['resnet50_075', 72.72, [2306, 3844, 4299, 4567]],
];

describe.each(table)('%s_perceiver_t128', (name, millions, macs) => {
  const model = createModel(`${name}_perceiver_t128`);

  it(`has ${millions} M parameters`, () => {
    expect(Math.abs(graphCost(exitsGraph(model), { N: 1 }).parameters / 1e6 - millions)).toBeLessThan(0.006);
  });

  it(`costs ${macs.join(', ')} MMACs up to its exits`, () => {
    // The official rule also counts averages, counts the expanders for twice their tokens, and leaves out some
    // squeeze-and-excitation: together less than 1 MMAC and a thousandth.
    macs.forEach((expected, i) => {
      const actual = graphCost(exitsGraph(model, i + 1), { N: 1 }).macs / 1e6;
      expect(Math.abs(actual - expected)).toBeLessThan(1 + expected / 1000);
    });
  });
});

const families = [
  'ascan-nano',
  'efficientformer_l1',
  'efficientformerv2_s0',
  'resnet18d',
  'convnext_atto',
  'vit_tiny_patch16_224',
  'hiera_tiny_224',
  'turbovit_r1',
  'mobilenetv2_035',
  'mobilenetv3_small_050',
  'regnety_002',
];

it.each(families)('stands beside %s: every stage reads the latents, and its parameters keep their names', (name) => {
  const backbone = createModel(name, { classes: 5 });
  const { exits, stages } = dynamicPerceiver(backbone, { latents: 16, layers: [1, 1, 1, 1], heads: [1, 1, 1, 1] });
  const written = (s: number) => `cross_att${s}_z2x.mlp.fc2.weight`;
  const trunk = paramNames(exits[2]!.logits);
  for (const s of [2, 3, 4]) expect(trunk).toContain(written(s));
  for (const own of paramNames(backbone.logits)) expect(trunk).toContain(own);
  // The map before stage 4 has been written to, the one before stage 1 has not.
  expect(paramNames(exits[0]!.logits)).not.toContain(written(4));
  expect(stages.map((s) => s.value.type.shape)).toEqual(backbone.stages.map((s) => s.value.type.shape));
  expect(paramNames(stages[3]!.value)).toContain('last_cross_att_z2x.mlp.fc2.weight');
});

describe('a lighter branch', () => {
  const light = {
    latents: 16,
    layers: [0, 1, 1, 1],
    heads: [1, 1, 1, 1],
    widths: [8, 12, 16, 24],
    z2x: false,
    lastZ2x: false,
  };
  const trunk = createModel('mobilenetv2_035', { size: 64, classes: 5 });

  it('reads where it is asked to, in its own widths, and leaves the trunk as it is', () => {
    const { exits, backbone } = dynamicPerceiver(trunk, { ...light, x2z: [2, 4] });
    const names = paramNames(exits[3]!.logits);
    const reads = [1, 2, 3, 4].filter((s) => names.has(`cross_att${s}_x2z.mlp.fc1.weight`));
    expect(reads).toEqual([2, 4]);
    expect([...names].filter((n) => n.startsWith('self_att1'))).toEqual([]);
    const { params } = graph({ y: exits[1]!.logits });
    const shapeOf = (name: string) => params.find((p) => nameOf(p) === name)?.type.shape;
    expect(shapeOf('latent')).toEqual([16, 8]);
    expect(shapeOf('early_classifier3.weight')).toEqual([5, 16]);
    expect(shapeOf('classifier_att.weight')).toEqual([5, 48]);
    // What the backbone says is what it says without the branch.
    expect(exits[2]!.logits).toBe(trunk.logits);
    expect(backbone!.logits).toBe(trunk.logits);
  });

  it('ends with the backbone where nothing is merged', () => {
    const model = dynamicPerceiver(trunk, { ...light, merged: false });
    expect(model.exits.map((e) => e.name)).toEqual(['latent3', 'latent4', 'backbone']);
    expect([model.logits, model.pooled]).toEqual([trunk.logits, trunk.pooled]);
    const names = paramNames(
      graph(Object.fromEntries(model.exits.map((e) => [e.name, e.logits]))).outputs.get('latent4')!,
    );
    expect([...names].filter((n) => /merge|isc4/.test(n))).toEqual([]);
  });

  it.each([
    [{ x2z: [4] }, /at least once before the first exit/],
    [{ x2z: [0, 2] }, /stages 1 to 4/],
    [{ layers: [1, 1, -1, 1] }, /'layers'/],
    [{ widths: [8, 8] }, /'widths'/],
  ])('refuses %j', (wrong, message) => {
    expect(() => dynamicPerceiver(trunk, { ...light, ...wrong })).toThrow(message);
  });
});

describe('ours', () => {
  const image = formulaInput('input', [4, 3, 64, 64]);

  it.each(['ascan-micro-perceiver', 'ascan-nano-perceiver'])('%s gives four finite logits', async (name) => {
    const g = exitsGraph(createModel(name, { size: 64, classes: 6 }));
    const program = await compile(await nativeRuntime(), g, { constants: initialValues(g, 1), target: 'standard' });
    const out = await program.run({ image });
    await program.close();
    expect(Object.keys(out)).toEqual(['latent3', 'latent4', 'backbone', 'merged']);
    for (const t of Object.values(out)) {
      expect(t.shape).toEqual([4, 6]);
      expect((t.data as Float32Array).every(Number.isFinite)).toBe(true);
    }
  });

  it('ascan-micro-perceiver gets, through the published loss, a finite gradient to every parameter', async () => {
    const model = createModel('ascan-micro-perceiver', { size: 64, classes: 6 });
    const targets = input('targets', 'float32', ['N', 6]);
    const logits = exitsOf(model).map((e) => e.logits);
    const inferred = exitsLoss(logits, targets);
    const { values } = trainingForm([inferred]);
    const loss = values.get(inferred)!;
    const { params } = exitsGraph(model);
    const trained = graph({ loss }).params.filter((p) => roleOf(p) === 'trainable');
    expect(trained.map(nameOf).sort()).toEqual(
      params
        .filter((p) => roleOf(p) === 'trainable')
        .map(nameOf)
        .sort(),
    );
    const outputs: Record<string, Value> = {};
    gradients(loss, trained).forEach((g, i) => {
      outputs[`grad:${nameOf(trained[i]!)}`] = g;
    });
    const g = cleanUp(graph(outputs));
    const program = await compile(await nativeRuntime(), g);
    const oneHot = f32([4, 6]);
    for (let i = 0; i < 4; i++) oneHot.data[i * 6 + i] = 1;
    const out = await program.run({ image, targets: oneHot, ...Object.fromEntries(initialValues(g, 1)) });
    await program.close();
    for (const t of Object.values(out)) expect((t.data as Float32Array).every(Number.isFinite)).toBe(true);
    expect(Object.keys(out).length).toBe(trained.length);
  });
});

/** What follows exit `from`, as a graph of what that exit carries. */
function remainder(model: Model, from: number): { graph: Graph; names: string[] } {
  const { carries } = exitsOf(model)[from]!;
  const fed = new Map(carries.map((v, i) => [v, input(`carry${i}`, 'float32', v.type.shape)]));
  const rest = exitsOf(model).slice(from + 1);
  const map = rebuild(
    rest.map((e) => e.logits),
    replacing(fed),
  );
  return {
    graph: graph(Object.fromEntries(rest.map((e) => [e.name, map.get(e.logits)!]))),
    names: [...fed.values()].map((v) => nameOf(v)!),
  };
}

const tinyHiera = { widths: [8, 16, 32, 64], heads: [1, 1, 2, 2], depths: [1, 1, 1, 1] };

it.each([
  ['ascan-micro', {}],
  ['hiera_tiny_224', tinyHiera],
])('beside %s the rest goes on from what an exit carries', async (name, overrides) => {
  const backbone = createModel(name, { size: 64, classes: 5 }, overrides);
  const model = dynamicPerceiver(backbone, { latents: 8, layers: [1, 1, 1, 1] });
  const runtime = await nativeRuntime();
  const whole = exitsGraph(model);
  const constants = formulaWeights(whole);
  const carried: Record<string, Value> = {};
  exitsOf(model).forEach((e, k) => {
    e.carries.forEach((v, i) => {
      carried[`${k}:${i}`] = v;
    });
  });
  const outputs = { ...Object.fromEntries(whole.outputs), ...carried };
  const all = await compile(runtime, graph(outputs), { constants, target: 'standard' });
  const expected = await all.run({ image: formulaInput('input', [2, 3, 64, 64]) });
  await all.close();
  for (const k of [0, 1, 2]) {
    const rest = remainder(model, k);
    expect(rest.graph.inputs.every((v) => nameOf(v)!.startsWith('carry'))).toBe(true);
    const program = await compile(runtime, rest.graph, { constants, target: 'standard' });
    const out = await program.run(Object.fromEntries(rest.names.map((n, i) => [n, expected[`${k}:${i}`]!])));
    await program.close();
    for (const [exit, t] of Object.entries(out)) {
      const reference = expected[exit]!.data as Float32Array;
      const scale = Math.max(...reference.map(Math.abs));
      const off = Math.max(...reference.map((v, i) => Math.abs(Number(t.data[i]) - v)));
      expect(off).toBeLessThan(1e-5 * scale);
    }
  }
});

describe('options', () => {
  const backbone = createModel('resnet18', { size: 64, classes: 5 });
  const small = { latents: 8, layers: [1, 1, 1, 1] };

  it('without X2Z and Z2X the latent exits need only the stem, and the trunk no latents', () => {
    const { exits } = dynamicPerceiver(backbone, { ...small, x2z: false, z2x: false });
    expect([...paramNames(exits[1]!.logits)].filter((n) => n.startsWith('layer'))).toEqual([]);
    expect(paramNames(exits[2]!.logits)).toEqual(paramNames(backbone.logits));
  });

  it('without connections no exit reads another’s logits', () => {
    const { exits, logits } = dynamicPerceiver(backbone, { ...small, interStage: false });
    const behind = new Set(reachable([logits]));
    expect(exits.slice(0, 3).filter((e) => behind.has(e.logits))).toEqual([]);
  });

  it('multiplies the depths and rounds up', () => {
    const { logits } = dynamicPerceiver(backbone, { latents: 8, layers: [1, 1, 3, 1], depthFactor: [1, 1, 0.5, 2] });
    const blocks = [...paramNames(logits)].flatMap((n) => /^self_att\d\.\d/.exec(n)?.[0] ?? []);
    expect([...new Set(blocks)].sort()).toEqual([
      'self_att1.0',
      'self_att2.0',
      'self_att3.0',
      'self_att3.1',
      'self_att4.0',
      'self_att4.1',
    ]);
  });

  it('meets the trunk where it is told, by a block’s name or at a value', () => {
    const places = ['layer1.0', 'layer1.1', 'layer3.0', 'layer3.1'];
    const named = dynamicPerceiver(backbone, { ...small, places });
    expect([...paramNames(named.exits[0]!.logits)].filter((n) => n.startsWith('layer3'))).toEqual([]);
    expect(named.exits[1]!.carries[0]!.type.shape).toEqual(['N', 256, 4, 4]);
    const [first, second] = backbone.stages;
    const values = dynamicPerceiver(backbone, {
      ...small,
      places: ['layer1.0', first!.value, second!.value, 'layer4.0'],
    });
    const standard = dynamicPerceiver(backbone, small);
    expect(paramNames(values.logits)).toEqual(paramNames(standard.logits));
    expect(values.exits[0]!.carries.map((v) => v.type.shape)).toEqual(
      standard.exits[0]!.carries.map((v) => v.type.shape),
    );
  });

  it('names the backbone and its options in the registry', () => {
    const overrides = {
      backbone: 'regnety_002',
      backboneOptions: { depths: [1, 1, 1, 1] },
      latents: 8,
      layers: [1, 1, 1, 1],
    };
    const model = createModel('ascan-micro-perceiver', { size: 64, classes: 5 }, overrides);
    expect(paramNames(model.logits)).toContain('s4.b1.conv3.conv.weight');
    expect(modelEntry('ascan-micro-perceiver').picture(overrides)).toContain('⇄ 8 latents');
    expect(() => createModel('ascan-micro-perceiver', {}, { latent: 8 })).toThrow("did you mean 'latents'");
  });

  it.each([
    [{ latents: 12 }, 'must be a multiple of 8, got 12'],
    [{ layers: [1, 2] }, "'layers' has one positive number for each of four stages"],
    [{ heads: [1, 2, 4, 7] }, '256 channels do not divide into 7 heads'],
    [{ places: ['layer1.0'] }, 'four places are needed'],
    [{ places: ['layer1.0', 'layer2.0', 'layer3.0', 'layer9.0'] }, "nothing named 'layer9.0'"],
    [{ grid: 0 }, 'at least 1×1'],
  ])('says what is wrong with %o', (options, message) => {
    expect(() => dynamicPerceiver(backbone, { ...small, ...options })).toThrow(message);
  });

  it('says where a model has too few stages', () => {
    expect(() => dynamicPerceiver(createModel('resnet20'))).toThrow("say with 'places' which four blocks");
  });
});
