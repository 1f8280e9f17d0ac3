import { bytes, type Codec, child, type Field, float, int32, int64, maybe, one, remark, some, text } from './field.ts';
import { mapped, message } from './message.ts';
import type { Attribute, AttributeType, AttributeValue, Graph } from './messages.ts';
import type { Source } from './source.ts';
import { sparseTensor, tensorProto } from './tensor-schema.ts';
import { typeProto } from './type.ts';

interface AttributeMessage {
  readonly name: string;
  readonly value?: AttributeValue;
  readonly docString?: string;
  readonly type: number;
  readonly refAttrName?: string;
}

type ValueOf<K extends AttributeType> = Extract<AttributeValue, { readonly type: K }>['value'];

/** AttributeProto.AttributeType from number 1 on; 0, no type at all, is what files of IR version 1 have. */
const attributeTypes: readonly AttributeType[] = [
  'float',
  'int',
  'string',
  'tensor',
  'graph',
  'floats',
  'ints',
  'strings',
  'tensors',
  'graphs',
  'sparseTensor',
  'sparseTensors',
  'typeProto',
  'typeProtos',
];

/** A field that gives an attribute its value, of one type. */
function valued<K extends AttributeType>(
  type: K,
  field: Field<ValueOf<K> | undefined>,
): Field<AttributeValue | undefined> {
  return {
    number: field.number,
    absent: undefined,
    read(source, wire, soFar) {
      if (soFar !== undefined && soFar.type !== type) source.fail(`is of type ${type} and of type ${soFar.type}`);
      const value = field.read(source, wire, soFar?.value as ValueOf<K> | undefined);
      // A type and the value of its own field: what AttributeValue is a list of.
      return soFar !== undefined && soFar.value === value ? soFar : ({ type, value } as AttributeValue);
    },
    write(sink, body) {
      if (body?.type === type) field.write(sink, body.value as ValueOf<K> | undefined);
    },
  };
}

/** AttributeProto with its fourteen value fields; `graph` reads those that hold graphs. */
const attributeMessage = (graph: Codec<Graph>) =>
  message<AttributeMessage>({
    name: one(1, text, ''),
    value: [
      valued('float', maybe(2, float)),
      valued('int', maybe(3, int64)),
      valued('string', maybe(4, bytes)),
      valued('tensor', child(5, tensorProto)),
      valued('graph', child(6, graph)),
      valued('floats', some(7, float)),
      valued('ints', some(8, int64)),
      valued('strings', some(9, bytes)),
      valued('tensors', some(10, tensorProto)),
      valued('graphs', some(11, graph)),
      valued('typeProto', child(14, typeProto)),
      valued('typeProtos', some(15, typeProto)),
      valued('sparseTensor', child(22, sparseTensor)),
      valued('sparseTensors', some(23, sparseTensor)),
    ],
    docString: maybe(13, remark),
    type: one(20, int32, 0),
    refAttrName: maybe(21, text),
  });

/** AttributeProto: exactly one of its fourteen value fields, told by its type; or a reference, inside a function. */
export const attributeOf = (graph: Codec<Graph>): Codec<Attribute> =>
  mapped(attributeMessage(graph), fromMessage, toMessage);

function fromMessage(m: AttributeMessage, source: Source): Attribute {
  const { name, docString, value } = m;
  const type = m.type === 0 ? value?.type : attributeTypes[m.type - 1];
  if (type === undefined) return source.fail(`('${name}') has ${m.type === 0 ? 'no value' : `type ${m.type}`}`);
  if (value !== undefined && value.type !== type) {
    source.fail(`('${name}') is of type ${type} but has a value of type ${value.type}`);
  }
  if (m.refAttrName) return { name, docString, type: 'reference', of: type, refAttrName: m.refAttrName };
  const found = value ?? unset(type) ?? source.fail(`('${name}') of type ${type} has no value`);
  return { name, docString, ...found };
}

/** The value of an attribute without one: protobuf leaves out what is zero or empty. A missing message stands for nothing. */
function unset(type: AttributeType): AttributeValue | undefined {
  switch (type) {
    case 'float':
      return { type, value: 0 };
    case 'int':
      return { type, value: 0n };
    case 'string':
      return { type, value: new Uint8Array(0) };
    case 'floats':
    case 'ints':
    case 'strings':
    case 'tensors':
    case 'graphs':
    case 'sparseTensors':
    case 'typeProtos':
      return { type, value: [] };
    default:
      return undefined;
  }
}

function toMessage(a: Attribute): AttributeMessage {
  const { name, docString } = a;
  if (a.type === 'reference') {
    return { name, docString, type: attributeTypes.indexOf(a.of) + 1, refAttrName: a.refAttrName };
  }
  return { name, docString, type: attributeTypes.indexOf(a.type) + 1, value: a };
}
