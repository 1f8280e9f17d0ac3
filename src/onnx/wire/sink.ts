import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { OnnxFormatError } from './errors.ts';
import { PROTOBUF_MAX_BYTES } from './limits.ts';

/** Bytes from here on are kept by reference instead of being copied once for every message around them. */
const LARGE = 16_384;

/**
 * A message being written, as a list of pieces: small values gather in one buffer, large ones (weights) are only
 * referred to, so that the whole model is copied once at the end, or not at all when the pieces go straight to a file.
 */
export class Sink {
  readonly writer = new BinaryWriter();
  /** The way to the value that could not be written; built from its end while the error passes through. */
  readonly path: (string | number)[];
  private pieces: Uint8Array[] = [];
  private length = 0;
  /** Serves all messages one level down, one after the other: a graph has tens of thousands of small ones. */
  private inner: Sink | undefined;

  constructor(path: (string | number)[] = []) {
    this.path = path;
  }

  /** Length, then bytes. */
  bytes(value: Uint8Array): void {
    this.writer.uint32(value.length);
    this.append(value);
  }

  /** Length, then whatever `body` writes. */
  nested(body: (inner: Sink) => void): void {
    this.inner ??= new Sink(this.path);
    body(this.inner);
    const { pieces, length } = this.inner.finish();
    this.writer.uint32(length);
    for (const piece of pieces) this.append(piece);
  }

  /** Everything written; the sink is empty again. */
  finish(): { pieces: Uint8Array[]; length: number } {
    this.flush();
    if (this.length > PROTOBUF_MAX_BYTES) {
      throw new OnnxFormatError(
        `the model takes ${(this.length / 2 ** 30).toFixed(2)} GiB, but an .onnx file ends at 2 GiB: ` +
          'keep the weights in a side file (externalize, or writeModelFile with { external: true })',
      );
    }
    const { pieces, length } = this;
    this.pieces = [];
    this.length = 0;
    return { pieces, length };
  }

  private append(bytes: Uint8Array): void {
    if (bytes.length < LARGE) {
      this.writer.raw(bytes);
      return;
    }
    this.flush();
    this.pieces.push(bytes);
    this.length += bytes.length;
  }

  private flush(): void {
    const small = this.writer.finish();
    if (small.length === 0) return;
    this.pieces.push(small);
    this.length += small.length;
  }
}
