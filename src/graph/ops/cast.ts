import { check } from '../../base/errors.ts';
import { type DType, dtypes } from '../../base/tensor.ts';
import { cast } from '../build.ts';
import { aligned } from '../channel-context.ts';
import { register } from '../op.ts';
import * as dims from './dims.ts';
import { given } from './host.ts';
import { castTo } from './host-math.ts';

const isFloat = (d: DType) => d === 'float32' || d === 'float64' || d === 'float16' || d === 'bfloat16';

register({
  name: 'Cast',
  elementwise: true,
  channels: aligned,
  dims: dims.each(dims.casted),
  infer: (c) => {
    const to = dtypes.find((d) => d === c.attrs.string('to'));
    check(to, () => `cannot cast to '${c.attrs.string('to')}'`);
    return [{ dtype: to, shape: c.type(0).shape }];
  },
  evaluate: (inputs, attrs) => {
    const t = given(inputs, 0);
    return [castTo(t, dtypes.find((d) => d === attrs.string('to')) ?? t.dtype)];
  },
  gradient: (c) => [isFloat(c.type(0).dtype) && isFloat(c.dy.type.dtype) ? cast(c.dy, c.type(0).dtype) : undefined],
});
