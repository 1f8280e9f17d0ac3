import { type Codec, child, int32, many, maybe, one, safeInt, text } from './field.ts';
import { later, mapped, message } from './message.ts';
import type { Dimension, Type } from './messages.ts';
import type { Source } from './source.ts';

interface ShapeMessage {
  readonly dim: readonly Dimension[];
}

interface TensorTypeMessage {
  readonly elemType: number;
  readonly shape?: ShapeMessage;
}

interface TypeMessage {
  readonly tensorType?: TensorTypeMessage;
  readonly sequenceType?: { readonly elemType?: Type };
  readonly mapType?: { readonly keyType: number; readonly valueType?: Type };
  readonly denotation?: string;
  readonly opaqueType?: { readonly domain: string; readonly name: string };
  readonly sparseTensorType?: TensorTypeMessage;
  readonly optionalType?: { readonly elemType?: Type };
}

const dimension = message<Dimension>({
  dimValue: maybe(1, safeInt),
  dimParam: maybe(2, text),
  denotation: maybe(3, text),
});

const shape = message<ShapeMessage>({ dim: many(1, dimension) });

const tensorType = message<TensorTypeMessage>({ elemType: one(1, int32, 0), shape: child(2, shape) });

const inner: Codec<Type> = later(() => typeProto);

const elementType = message<{ readonly elemType?: Type }>({ elemType: child(1, inner) });

const typeMessage = message<TypeMessage>({
  tensorType: child(1, tensorType),
  sequenceType: child(4, elementType),
  mapType: child(
    5,
    message<{ readonly keyType: number; readonly valueType?: Type }>({
      keyType: one(1, int32, 0),
      valueType: child(2, inner),
    }),
  ),
  denotation: maybe(6, text),
  opaqueType: child(
    7,
    message<{ readonly domain: string; readonly name: string }>({ domain: one(1, text, ''), name: one(2, text, '') }),
  ),
  sparseTensorType: child(8, tensorType),
  optionalType: child(9, elementType),
});

/** TypeProto: the one of its six fields that is set decides the kind. */
export const typeProto: Codec<Type> = mapped(typeMessage, fromMessage, toMessage);

function fromMessage(m: TypeMessage, source: Source): Type {
  const found: Type[] = [];
  if (m.tensorType) found.push(tensorFrom('tensor', m.tensorType));
  if (m.sparseTensorType) found.push(tensorFrom('sparseTensor', m.sparseTensorType));
  if (m.sequenceType) found.push({ kind: 'sequence', ...m.sequenceType });
  if (m.optionalType) found.push({ kind: 'optional', ...m.optionalType });
  if (m.mapType) found.push({ kind: 'map', ...m.mapType });
  if (m.opaqueType) found.push({ kind: 'opaque', ...m.opaqueType });
  if (found.length > 1) source.fail(`is of ${found.length} kinds at once: ${found.map((t) => t.kind).join(', ')}`);
  return { ...(found[0] ?? { kind: 'none' }), denotation: m.denotation };
}

function tensorFrom(kind: 'tensor' | 'sparseTensor', m: TensorTypeMessage): Type {
  return { kind, elemType: m.elemType, shape: m.shape?.dim };
}

function toMessage(type: Type): TypeMessage {
  const { denotation } = type;
  switch (type.kind) {
    case 'tensor':
      return { denotation, tensorType: { elemType: type.elemType, shape: type.shape && { dim: type.shape } } };
    case 'sparseTensor':
      return { denotation, sparseTensorType: { elemType: type.elemType, shape: type.shape && { dim: type.shape } } };
    case 'sequence':
      return { denotation, sequenceType: { elemType: type.elemType } };
    case 'optional':
      return { denotation, optionalType: { elemType: type.elemType } };
    case 'map':
      return { denotation, mapType: { keyType: type.keyType, valueType: type.valueType } };
    case 'opaque':
      return { denotation, opaqueType: { domain: type.domain, name: type.name } };
    case 'none':
      return { denotation };
  }
}
