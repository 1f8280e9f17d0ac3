/** Whether an error, or what caused it, is the system's: a full disk, a share that does not answer, a file that may not be read. */
export function isOfSystem(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return 'syscall' in error || isOfSystem(error.cause);
}
