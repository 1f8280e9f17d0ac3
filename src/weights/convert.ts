import { halfToFloat, type Tensor, tensor } from '../base/tensor.ts';

let halfTable: Uint32Array | undefined;

/** The bits of the float32 of each of the 65,536 half-precision numbers; NaN keeps its payload. */
function halfBits(): Uint32Array {
  if (halfTable !== undefined) return halfTable;
  const values = Float32Array.from({ length: 65_536 }, (_, bits) => halfToFloat(bits));
  const table = new Uint32Array(values.buffer);
  for (const sign of [0, 0x8000]) {
    for (let fraction = 1; fraction < 1024; fraction++) {
      table[sign | 0x7c00 | fraction] = ((sign << 16) | 0x7f800000 | (fraction << 13)) >>> 0;
    }
  }
  halfTable = table;
  return table;
}

/** Half-precision bits as float32 values. Exact. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const table = halfBits();
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = table[bits[i]!]!;
  return new Float32Array(words.buffer);
}

/** bfloat16 bits as float32 values. Exact. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/**
 * The same values as float32, rounded where it has to be (float64, wide integers). A float32 tensor is given back as it
 * is, with the same memory.
 */
export function toFloat32(t: Tensor): Tensor<'float32'> {
  const { dtype, shape, data } = t;
  if (data instanceof Float32Array) return tensor('float32', shape, data);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return tensor('float32', shape, Float32Array.from(data, Number));
  }
  if (dtype === 'float16' && data instanceof Uint16Array) return tensor('float32', shape, float16ToFloat32(data));
  if (dtype === 'bfloat16' && data instanceof Uint16Array) return tensor('float32', shape, bfloat16ToFloat32(data));
  return tensor('float32', shape, new Float32Array(data));
}
