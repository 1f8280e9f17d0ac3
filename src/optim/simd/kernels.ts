import { add, div, mul, sqrt, sub } from './instructions.ts';
import { kernel } from './kernel.ts';
import type { Code } from './wasm.ts';

/** x + share · (to − x): in float32 the shares of x and `to` then add up to 1, as 0.999 and 0.001 do not. */
const moved = (x: Code, to: Code, share: Code) => add(x, mul(share, sub(to, x)));

/** Over params, grads, m, v: gradScale, 1 − β1, 1 − β2, keep, size, root, epsilon. */
export const adamWKernel = kernel('adamW', 4, 7, ([params, grads, first, second], scalars, once) => {
  const [gradScale, a1, a2, keep, size, root, epsilon] = scalars as [Code, Code, Code, Code, Code, Code, Code];
  const [scaled, g] = once(mul(grads!.load, gradScale));
  const [firstMoment, m] = once(moved(first!.load, g, a1));
  const [secondMoment, v] = once(moved(second!.load, mul(g, g), a2));
  const change = div(mul(size, m), add(mul(sqrt(v), root), epsilon));
  return [
    ...scaled,
    ...firstMoment,
    ...secondMoment,
    ...first!.store(m),
    ...second!.store(v),
    ...params!.store(sub(mul(params!.load, keep), change)),
  ];
});

/** Over params, grads, velocity: gradScale, weightDecay, momentum, onGradient, onVelocity. */
export const sgdKernel = kernel('sgd', 3, 5, ([params, grads, velocity], scalars, once) => {
  const [gradScale, weightDecay, momentum, onGradient, onVelocity] = scalars as [Code, Code, Code, Code, Code];
  const [decayed, g] = once(add(mul(grads!.load, gradScale), mul(weightDecay, params!.load)));
  const [faster, speed] = once(add(mul(momentum, velocity!.load), g));
  const change = add(mul(onGradient, g), mul(onVelocity, speed));
  return [...decayed, ...faster, ...velocity!.store(speed), ...params!.store(sub(params!.load, change))];
});

/** Over average, values: 1 − decay. */
export const emaKernel = kernel('ema', 2, 1, ([average, values], [share]) =>
  average!.store(moved(average!.load, values!.load, share!)),
);
