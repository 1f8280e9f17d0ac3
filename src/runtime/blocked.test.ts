import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { toNumbers } from '../base/tensor.ts';
import { conv, mul, reduceSum, sin } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { gradientContext, opOf } from '../graph/op.ts';
import { rewrite } from '../graph/rewrite.ts';
import { constant, input, type Value } from '../graph/value.ts';
import { formulaInput } from '../testing/formula.ts';
import { blockedForms } from './blocked.ts';
import { withBlock } from './node/block.ts';
import { nativeRuntime } from './node/native.ts';
import { compile } from './runtime.ts';

/** Depthwise convolutions in the blocked layout against the plain operators, forward and backward. */
const runtime = await nativeRuntime();
const { block: findBlock, ...plain } = runtime;
const found = await findBlock?.();

interface Case {
  readonly channels: number;
  readonly size: readonly [number, number];
  readonly kernel: number;
  readonly stride: number;
  readonly pads: readonly number[];
  readonly dilation?: number;
}

const cases: Case[] = [
  { channels: 32, size: [9, 7], kernel: 3, stride: 1, pads: [1, 1, 1, 1] },
  { channels: 16, size: [8, 8], kernel: 3, stride: 2, pads: [1, 1, 1, 1] },
  { channels: 72, size: [7, 9], kernel: 5, stride: 2, pads: [2, 2, 2, 2] },
  { channels: 12, size: [6, 5], kernel: 7, stride: 1, pads: [3, 3, 3, 3] },
  // TensorFlow's SAME: more padding at the end.
  { channels: 16, size: [8, 8], kernel: 3, stride: 2, pads: [0, 0, 1, 1] },
  { channels: 16, size: [9, 8], kernel: 3, stride: 1, pads: [2, 2, 2, 2], dilation: 2 },
  { channels: 8, size: [8, 8], kernel: 3, stride: 1, pads: [0, 0, 0, 0] },
  { channels: 16, size: [8, 6], kernel: 2, stride: 2, pads: [0, 0, 0, 0] },
];

function graphOf({ channels, size, kernel, stride, pads, dilation = 1 }: Case) {
  const x = input('x', 'float32', [2, channels, ...size]);
  const w = input('w', 'float32', [channels, 1, kernel, kernel]);
  const y = conv(x, w, undefined, {
    group: channels,
    pads,
    strides: [stride, stride],
    dilations: [dilation, dilation],
  });
  // A loss that weighs every element differently.
  const [dx, dw] = gradients(reduceSum(mul(y, sin(y)), undefined, false), [x, w]) as [Value, Value];
  const g = graph({ y, dx, dw });
  const feeds = {
    x: formulaInput('x', [2, channels, ...size]),
    w: formulaInput('w', [channels, 1, kernel, kernel]),
  };
  return { g, feeds };
}

async function run(
  on: typeof plain,
  g: ReturnType<typeof graph>,
  feeds: Parameters<Awaited<ReturnType<typeof compile>>['run']>[0],
) {
  const program = await compile(on, g);
  try {
    return await program.run(feeds);
  } finally {
    await program.close();
  }
}

function expectClose(a: Awaited<ReturnType<typeof run>>, b: Awaited<ReturnType<typeof run>>) {
  for (const name of Object.keys(a)) {
    expect(b[name]!.shape).toEqual(a[name]!.shape);
    const [va, vb] = [toNumbers(a[name]!), toNumbers(b[name]!)];
    const scale = Math.max(...va.map(Math.abs));
    va.forEach((v, i) => {
      expect(Math.abs(v - vb[i]!), `${name}[${i}]`).toBeLessThan(2e-5 * scale);
    });
  }
}

describe.each(cases)('$channels channels of $size, kernel $kernel, stride $stride, pads $pads', (c) => {
  const { g, feeds } = graphOf(c);

  it.skipIf(!found)('gives output and gradients of the plain form on this runtime', async () => {
    const formed = blockedForms(g, found!, () => false);
    expect(formed.nodes.filter((n) => n.op === 'NchwcConv').length).toBe(3);
    expectClose(await run(plain, g, feeds), await run(plain, formed, feeds));
  });

  it.each([8, 16])('means the same in standard operators, block %i', async (block) => {
    const formed = blockedForms(g, block, () => false);
    const standard = rewrite(formed, {
      node: (node, inputs) => {
        const { domain, lower } = opOf(node.op);
        return domain === 'com.microsoft.nchwc'
          ? lower!(gradientContext({ ...node, inputs }, [], () => false))
          : undefined;
      },
    });
    expectClose(await run(plain, g, feeds), await run(plain, standard, feeds));
  });
});

it('leaves constant weights to the runtime, and channels that its kernels do not take', () => {
  const { g } = graphOf({ ...cases[0]!, channels: 6 });
  expect(blockedForms(g, 16, () => false)).toBe(g);
});

it('is looked for when a convolution gains from it, and once', async () => {
  let loads = 0;
  const counting = withBlock({
    ...plain,
    load: (model, options) => {
      loads++;
      return plain.load(model, options);
    },
  });
  const { g, feeds } = graphOf(cases[0]!);
  const loadsFor = async (what: typeof g, options?: Parameters<typeof compile>[2]) => {
    const before = loads;
    await (await compile(counting, what, options)).close();
    return loads - before;
  };
  const x = input('x', 'float32', [2, 32, 9, 7]);
  const fixed = graph({ y: conv(x, constant(feeds.w), undefined, { group: 32 }) });
  const dense = graph({ y: conv(x, input('w', 'float32', [4, 32, 3, 3])) });
  expect([await loadsFor(fixed), await loadsFor(dense), await loadsFor(g, { target: 'standard' })]).toEqual([1, 1, 1]);
  expect(await loadsFor(g)).toBeGreaterThan(1);
  expect(await loadsFor(g)).toBe(1);
});
