import { testParity } from '../../testing/parity.ts';

/** Against the PyTorch reconstruction (reference/ascan) on the same formula weights. */
testParity(new URL('fixtures/', import.meta.url));
