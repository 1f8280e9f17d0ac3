import { YosegiError } from '../base/errors.ts';

/** A .safetensors file that is broken, hostile or holds what this library cannot; the message names the tensor. */
export class SafetensorsError extends YosegiError {
  override readonly name: string = 'SafetensorsError';
}
