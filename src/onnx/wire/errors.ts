import { YosegiError } from '../../base/errors.ts';

/** An ONNX file that is broken, hostile or outside what this library reads; the message names the place inside it. */
export class OnnxFormatError extends YosegiError {
  override readonly name: string = 'OnnxFormatError';
}
