import { messageOf } from '../../base/errors.ts';
import { everyNode, everyTensor } from '../../onnx/wire/every.ts';
import { isExternal } from '../../onnx/wire/external.ts';
import type { Model } from '../../onnx/wire/messages.ts';
import { decodeModel } from '../../onnx/wire/model.ts';
import { BundleError } from './listed.ts';

/**
 * A model file of a bundle, decoded. It must hold all its weights: ONNX Runtime would take those it names elsewhere from whatever
 * folder the process is in, and nothing would say whose they are.
 * @throws BundleError
 */
export function shippedModel(path: string, bytes: Uint8Array): Model {
  let model: Model;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    throw new BundleError(path, `is not a model: ${messageOf(error)}`);
  }
  const outside = everyTensor(model).find(isExternal);
  if (outside) {
    const name = outside.externalData?.find((e) => e.key === 'location')?.value ?? 'another file';
    throw new BundleError(path, `takes '${outside.name}' from ${name}: a bundle's model holds all its weights itself`);
  }
  return model;
}

/** That a model uses standard operators only, wherever they stand in it, and none that it defines itself. */
export function checkStandard(path: string, model: Model): void {
  for (const n of everyNode(model)) {
    if (n.domain) throw new BundleError(path, `uses ${n.domain}.${n.opType}, no standard operator`);
  }
  const [own] = model.functions ?? [];
  if (own) throw new BundleError(path, `defines an operator of its own, ${own.name}: only standard ones are allowed`);
  if (model.trainingInfo && model.trainingInfo.length > 0)
    throw new BundleError(path, 'brings a training graph along: only a model to run is allowed');
}
