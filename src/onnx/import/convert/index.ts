import { check } from '../../../base/errors.ts';
import { opOf } from '../../../graph/op.ts';
import { isOpName } from '../../../graph/ops/signatures.ts';
import type { Converter } from '../call.ts';
import { activations } from './activation.ts';
import { attention } from './attention.ts';
import { axesOps } from './axes.ts';
import { constants } from './constant.ts';
import { contrib } from './contrib.ts';
import { direct } from './direct.ts';
import { einsum } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { gathering } from './gather.ts';
import { norms } from './norm.ts';
import { resizing } from './resize.ts';
import { shapes } from './shape.ts';
import { windows } from './window.ts';

/** Converters of standard operators that need more than their record: other forms in older versions, or no record at all. */
const standard = new Map<string, Converter>(
  Object.entries({
    ...activations,
    ...attention,
    ...axesOps,
    ...constants,
    ...einsum,
    ...elementwise,
    ...gathering,
    ...norms,
    ...resizing,
    ...shapes,
    ...windows,
  }),
);
const microsoft = new Map<string, Converter>(Object.entries(contrib));

/** The converter of an operator; throws where there is none. */
export function converterOf(domain: string, op: string): Converter {
  const table = domain === '' ? standard : domain === 'com.microsoft' ? microsoft : undefined;
  check(table, () => `operators of the domain '${domain}' are not known`);
  const special = table.get(op);
  if (special) return special;
  if (isOpName(op) && (opOf(op).domain ?? '') === domain) return direct;
  check(false, 'there is no such operator in yosegi');
}
