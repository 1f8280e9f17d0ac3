import { YosegiError } from '../base/errors.ts';
import type { FlatTensors } from './parameters.ts';

/** What of a step is no number. */
export type Fault =
  | { readonly what: 'loss'; readonly value: number }
  | { readonly what: 'gradient'; readonly parameter: string }
  | { readonly what: 'weight'; readonly parameter: string };

/**
 * Why a step must not change anything; undefined for a sound one. `gradientNorm` is that of all gradients; they are looked through
 * only where it is no finite number.
 */
export function faultOf(
  loss: number,
  gradientNorm: number,
  grads: FlatTensors,
  params: FlatTensors,
): Fault | undefined {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return undefined;
  const weight = firstBroken(params);
  if (weight !== undefined) return { what: 'weight', parameter: weight };
  if (!Number.isFinite(loss)) return { what: 'loss', value: loss };
  const gradient = firstBroken(grads);
  // Finite gradients whose squares are too large to add up are broken all the same.
  return { what: 'gradient', parameter: (gradient ?? grads.names[0] ?? '').replace(/^grad:/, '') };
}

/** What is wrong, in words. */
export function faultText(fault: Fault): string {
  if (fault.what === 'loss') return `the loss is ${fault.value}`;
  if (fault.what === 'gradient') return `the loss is finite, but the gradient of ${fault.parameter} is not`;
  return `the weight ${fault.parameter} is not finite`;
}

const STEADIER = 'try a lower --lr, a longer --warmup or --clip 1';

/** What can be done about it. */
function faultAdvice(fault: Fault): string {
  if (fault.what === 'weight')
    return 'the weights that training started from are damaged, or it diverged: check the --weights file, or try a lower --lr';
  if (fault.what === 'gradient')
    return `${STEADIER}; if it is the first step, the model may take a root or a logarithm of zero, and --freeze keeps that part as it is`;
  return `${STEADIER}; if it is the first step, look for damaged pictures or weights`;
}

function firstBroken({ tensors }: FlatTensors): string | undefined {
  for (const [name, { data }] of Object.entries(tensors)) {
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return name;
  }
  return undefined;
}

/** Why training ends: too many broken steps in a row, or no epoch to keep. `epoch` counts from 0. */
export function diverged(epoch: number, fault: Fault | undefined): YosegiError {
  const what = fault ? faultText(fault) : 'no epoch gave a network whose answers are numbers';
  const advice = fault ? faultAdvice(fault) : STEADIER;
  return new YosegiError(
    `training diverged in epoch ${epoch + 1}: ${what}. What was saved before is untouched; ${advice}.`,
  );
}
