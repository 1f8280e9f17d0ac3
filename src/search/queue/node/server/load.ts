import { YosegiError } from '../../../../base/errors.ts';
import { codeOf } from '../../../../base/node/error-code.ts';

/** A package that only queues behind a server need. @throws YosegiError that says what to install */
export async function loaded<T>(load: () => Promise<T>, ...packages: readonly string[]): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const all = packages.join(' ');
    throw new YosegiError(
      `this queue needs packages that yosegi does not bring along: npm install ${all} (beside yosegi; npm install -g ${all} where that is global)`,
      { cause: error },
    );
  }
}
