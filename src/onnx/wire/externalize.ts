import { dtypeOf } from './data-type.ts';
import { checkLocation, isExternal, type ReadExternal, withExternal } from './external.ts';
import { mapTensors } from './map-tensors.ts';
import type { Model, TensorProto } from './messages.ts';
import { tensorFromProto, tensorToProto } from './tensor.ts';

/** Tensors from here on start at a page, so that they can be mapped into memory; smaller ones at a cache line. */
const LARGE = 65_536;
const PAGE = 4096;
const LINE = 64;
/** Shapes, pads and scales stay inside whatever the threshold: ONNX Runtime refuses to infer shapes from a side file. */
const SMALLEST = 256;
const zeros = new Uint8Array(PAGE);

export interface Externalized {
  /** The model, whose large initialisers now point into the side file. */
  readonly model: Model;
  /** The side file in pieces, in order. Weights are the model's own memory, not a copy. */
  readonly pieces: readonly Uint8Array[];
  /** Bytes of the side file; 0 when no initialiser is large enough. */
  readonly length: number;
}

/**
 * Moves every initialiser of at least `threshold` bytes (those of subgraphs too) into one side file called `location`.
 * Those of less than 256 bytes stay inside, and so do typed lists of an element type without a DType.
 */
export function externalize(model: Model, location: string, threshold = 1024): Externalized {
  checkLocation(location);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const moved = mapTensors(model, (proto, place) => {
    if (place !== 'initializer' || isExternal(proto)) return proto;
    const bytes = valueBytes(proto);
    if (bytes === undefined || bytes.length < Math.max(threshold, SMALLEST)) return proto;
    const unit = bytes.length >= LARGE ? PAGE : LINE;
    const gap = (unit - (length % unit)) % unit;
    if (gap > 0) pieces.push(zeros.subarray(0, gap));
    pieces.push(bytes);
    const offset = length + gap;
    length = offset + bytes.length;
    return withExternal(proto, location, offset, bytes.length);
  });
  return { model: moved, pieces, length };
}

/** The same model with everything that lies in side files brought inside. */
export function internalize(model: Model, readExternal: ReadExternal): Model {
  return mapTensors(model, (proto) => {
    if (!isExternal(proto)) return proto;
    const { rawData } = tensorToProto(proto.name, tensorFromProto(proto, { readExternal }));
    return { ...proto, rawData, externalData: undefined, dataLocation: undefined };
  });
}

/** Where the values lie, raw_data or a typed list, as raw bytes. */
function valueBytes(proto: TensorProto): Uint8Array | undefined {
  if (proto.rawData !== undefined && proto.rawData.length > 0) return proto.rawData;
  if (dtypeOf(proto.dataType) === undefined) return undefined;
  return tensorToProto(proto.name, tensorFromProto(proto)).rawData;
}
