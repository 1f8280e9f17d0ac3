import { writeFileSync } from 'node:fs';
import { recordedFamilies } from '../src/graph/node/recorded.ts';
import { allOps } from '../src/graph/op.ts';
import { operatorTable } from '../src/graph/op-table.ts';
import '../src/graph/ops/index.ts';

/** `npm run docs:operators`: writes docs/operators.md. */
const cases = recordedFamilies().flatMap((f) => f.cases);
writeFileSync(new URL('../docs/operators.md', import.meta.url), operatorTable(allOps(), cases));
console.error('docs/operators.md is written');
