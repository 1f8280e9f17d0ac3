/** Every operator record. Importing this fills the table that `opOf` reads. */
import './activation.ts';
import './conv.ts';
import './elementwise.ts';
import './index-ops.ts';
import './matmul.ts';
import './nchwc.ts';
import './norm.ts';
import './pool.ts';
import './random.ts';
import './reduce.ts';
import './resize.ts';
import './shape.ts';
import './stop-gradient.ts';
