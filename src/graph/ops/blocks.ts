import { check } from '../../base/errors.ts';
import { Axis, productAxis } from '../axes.ts';
import { reshape, transpose } from '../build.ts';
import { type ChannelContext, fixedAxes } from '../channel-context.ts';
import { divDim, fixed, mulDim } from '../dim.ts';
import { apply1, register } from '../op.ts';
import type { Value } from '../value.ts';
import { typed } from './known.ts';

/** DepthToSpace and SpaceToDepth: channels become blocks of pixels, and back. */

/** [N, C, H, W] ↔ blocks: the reshape–transpose–reshape that DepthToSpace and SpaceToDepth stand for. */
function depthToSpace(x: Value, block: number, mode: string): Value {
  const [n, channels, h, w] = x.type.shape;
  const depth = fixed(channels, 'the number of channels') / block ** 2;
  const parts = mode === 'CRD' ? [depth, block, block] : [block, block, depth];
  const perm = mode === 'CRD' ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const blocks = transpose(reshape(x, [n!, ...parts, h!, w!]), perm);
  return reshape(blocks, [n!, depth, mulDim(h!, block), mulDim(w!, block)]);
}

function blocksToPixels(c: ChannelContext<'DepthToSpace'>): Axis[] {
  const [n, channels, h, w] = c.in(0);
  const b = c.attrs.int('blocksize');
  const { shape } = c.node.outputs[0]!.type;
  for (const a of [h!, w!]) a.fix();
  if (channels!.size === undefined) {
    channels!.fix();
    return [n!, ...fixedAxes(shape.slice(1))];
  }
  const depth = channels!.size / b ** 2;
  const last = c.attrs.string('mode') === 'DCR';
  const parts = channels!.factor(last ? [b * b, depth] : [depth, b * b]);
  parts[last ? 0 : 1]!.fix();
  return [n!, parts[last ? 1 : 0]!, ...fixedAxes(shape.slice(2))];
}

register(
  {
    name: 'DepthToSpace',
    view: 'reordered',
    channels: (c) => [blocksToPixels(c)],
    infer: (c) => {
      const [n, channels, h, w] = c.type(0).shape;
      const b = c.attrs.int('blocksize');
      const depth = divDim(channels!, b * b);
      check(depth !== undefined, () => `${channels} channels do not divide by ${b * b}`);
      return typed(c, [n!, depth, mulDim(h!, b), mulDim(w!, b)]);
    },
    gradient: (c) => {
      const b = c.attrs.int('blocksize');
      const g = apply1('SpaceToDepth', [c.dy], { blocksize: b });
      if (c.attrs.string('mode') === 'DCR') return [g];
      const [n, channels, h, w] = g.type.shape;
      const depth = fixed(channels, 'channels') / b ** 2;
      return [reshape(transpose(reshape(g, [n!, b, b, depth, h!, w!]), [0, 3, 1, 2, 4, 5]), g.type.shape)];
    },
  },
  {
    name: 'SpaceToDepth',
    view: 'reordered',
    channels: (c) => {
      const [n, channels, h, w] = c.in(0);
      h!.fix();
      w!.fix();
      const { shape } = c.node.outputs[0]!.type;
      const blocks = new Axis(c.attrs.int('blocksize') ** 2, true);
      return [[n!, productAxis([blocks, channels!]), ...fixedAxes(shape.slice(2))]];
    },
    infer: (c) => {
      const [n, channels, h, w] = c.type(0).shape;
      const b = c.attrs.int('blocksize');
      const [rows, columns] = [divDim(h!, b), divDim(w!, b)];
      check(rows !== undefined && columns !== undefined, () => `${h}×${w} does not divide by ${b}`);
      return typed(c, [n!, mulDim(channels!, b * b), rows, columns]);
    },
    gradient: (c) => [depthToSpace(c.dy, c.attrs.int('blocksize'), 'DCR')],
  },
);
