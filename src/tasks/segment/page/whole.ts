import type { Content } from '../../../page/html.ts';
import { pictures } from '../../places/page/pictures.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import type { SegmentContext } from './context.ts';

/** Pictures that show something, and those that show nothing but background. */
export const whole = (e: SegmentEvaluation, context: SegmentContext): Content => pictures(e.pictures, context);
