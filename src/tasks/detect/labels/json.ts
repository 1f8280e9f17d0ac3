import { messageOf, YosegiError } from '../../../base/errors.ts';

/** The value that `text` holds as JSON. @throws YosegiError that names the file */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new YosegiError(`${where} is not JSON: ${messageOf(error)}`);
  }
}
