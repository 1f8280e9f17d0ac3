/** Whether an error, or what caused it, is that a file is not there. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return true;
  return isMissing(error.cause);
}
