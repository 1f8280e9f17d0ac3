import { stat } from 'node:fs/promises';

/** Whether there is an ordinary file of that name. */
export const isFileAt = (path: string): Promise<boolean> =>
  stat(path).then(
    (s) => s.isFile(),
    () => false,
  );
