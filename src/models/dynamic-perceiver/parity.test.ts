import { testParity } from '../../testing/parity.ts';

/** Against the official code on the same formula weights (reference/dynamic-perceiver). */
testParity(new URL('fixtures/', import.meta.url));
