import { readFileSync } from 'node:fs';

const folder = new URL('../fixtures/', import.meta.url);

/** The bytes of a fixture, as a Buffer (what Node users pass). */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, folder));
}

/** The recorded content of a fixture, in the form of {@link plain}. */
export function recorded(name: string): unknown {
  return JSON.parse(fixture(`${name}.json`).toString());
}

/** A decoded value in the JSON form of reference/onnx/make_fixtures.py, without what is undefined. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if (value instanceof Uint8Array) return { bytes: hex(value) };
  if (ArrayBuffer.isView(value)) {
    return { [value.constructor.name]: hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    const there = Object.entries(value).filter(([, v]) => v !== undefined);
    return Object.fromEntries(there.map(([k, v]) => [k, plain(v)]));
  }
  return value;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
