/** What the system or Node calls an error, e.g. `ENOENT`; empty where it has no such name. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
