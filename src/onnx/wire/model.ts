import { messageOf } from '../../base/errors.ts';
import { foreignText } from '../../base/foreign.ts';
import { OnnxFormatError } from './errors.ts';
import { defaultLimits, type Limits, PROTOBUF_MAX_BYTES } from './limits.ts';
import type { Model } from './messages.ts';
import { pathText } from './path.ts';
import { model as modelCodec } from './schema.ts';
import { Sink } from './sink.ts';
import { Source } from './source.ts';

/**
 * The model in the bytes of an .onnx file. Weights stay where they are: `rawData` is a view of `bytes`, so change neither.
 * Any file may be given: a broken or hostile one ends in an OnnxFormatError that names the place, within `limits`.
 */
export function decodeModel(bytes: Uint8Array, limits: Partial<Limits> = {}): Model {
  const all = { ...defaultLimits, ...limits };
  const most = Math.min(all.maxBytes, PROTOBUF_MAX_BYTES);
  if (bytes.length > most) {
    throw new OnnxFormatError(`an .onnx file of ${bytes.length} bytes; the limit is ${most}`);
  }
  const source = new Source(bytes, all);
  try {
    const { graph, ...rest } = modelCodec.readBody(source);
    if (graph === undefined)
      throw new OnnxFormatError('broken ONNX file: it has no graph. Is it an .onnx file at all?');
    return { ...rest, graph };
  } catch (error) {
    const foreign = foreignText(bytes, 'onnx');
    if (foreign) throw new OnnxFormatError(`no ONNX file: ${foreign}`, { cause: error });
    throw source.explain(error);
  }
}

/**
 * The bytes of an .onnx file. Throws an OnnxFormatError for numbers that have no place in their field (named by its path) and
 * for 2 GiB or more. Fields come in the order protobuf itself writes.
 */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  const { pieces, length } = encodePieces(model);
  const file = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** As {@link encodeModel}, in pieces that are not joined yet: weights are the model's own memory, not a copy. */
export function encodePieces(model: Model): { pieces: Uint8Array[]; length: number } {
  const sink = new Sink();
  try {
    modelCodec.writeBody(sink, model);
    return sink.finish();
  } catch (error) {
    if (error instanceof OnnxFormatError) throw error;
    throw new OnnxFormatError(`cannot write the model: ${pathText(sink.path)}: ${messageOf(error)}`, { cause: error });
  }
}
