import { BinaryReader } from '@bufbuild/protobuf/wire';
import { messageOf } from '../../base/errors.ts';
import { OnnxFormatError } from './errors.ts';
import type { Limits } from './limits.ts';
import { pathText } from './path.ts';

/** A message being read: the reader, where the innermost message ends, the way to it, and what may still be read. */
export class Source {
  readonly bytes: Uint8Array;
  readonly reader: BinaryReader;
  readonly path: (string | number)[] = [];
  private readonly limits: Limits;
  private end: number;
  private depth = 0;
  private messages = 0;
  private items = 0;

  constructor(bytes: Uint8Array, limits: Limits) {
    // A plain view: slice() of a Node Buffer would share memory where this library means to copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limits = limits;
    this.reader = new BinaryReader(this.bytes);
    this.end = bytes.length;
  }

  /** True while the innermost message has bytes left. */
  get more(): boolean {
    return this.reader.pos < this.end;
  }

  /** Steps into a length-delimited value; give what it returns to {@link leave}. */
  enter(): number {
    const length = this.reader.uint32();
    const end = this.reader.pos + length;
    if (end > this.end) this.fail(`says ${length} bytes where ${this.end - this.reader.pos} are left`);
    const outer = this.end;
    this.end = end;
    return outer;
  }

  leave(outer: number): void {
    this.end = outer;
  }

  /** As {@link enter}, for a message: counts it and its depth. Close with {@link leaveMessage}. */
  enterMessage(): number {
    if (++this.depth > this.limits.maxDepth) this.fail(`lies deeper than ${this.limits.maxDepth} messages`);
    if (++this.messages > this.limits.maxMessages) {
      this.fail(`is one more than the limit of ${this.limits.maxMessages} messages in a file`);
    }
    return this.enter();
  }

  leaveMessage(outer: number): void {
    this.depth--;
    this.end = outer;
  }

  /** Counts one element of a list. */
  countItem(): void {
    if (++this.items > this.limits.maxItems) {
      this.fail(`is one more than the limit of ${this.limits.maxItems} list elements in a file`);
    }
  }

  /** Fails when the last value read went past the end of the message it belongs to. */
  checkEnd(): void {
    if (this.reader.pos > this.end) this.fail('runs past the end of the message that holds it');
  }

  fail(problem: string): never {
    throw new OnnxFormatError(`broken ONNX file: ${pathText(this.path)} ${problem}`);
  }

  /** Whatever went wrong while reading, as an OnnxFormatError that names the place. */
  explain(error: unknown): OnnxFormatError {
    if (error instanceof OnnxFormatError) return error;
    const text = `broken ONNX file: ${pathText(this.path)} cannot be read (${messageOf(error)}) near byte ${this.reader.pos}`;
    return new OnnxFormatError(text, { cause: error });
  }
}
