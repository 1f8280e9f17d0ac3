import { fileURLToPath } from 'node:url';

/** Where data too large for the repository lies, real weights among them: YOSEGI_SHARED, or shared/data beside the checkout. */
export const shared = process.env.YOSEGI_SHARED ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
