import type { Content } from '../../../page/html.ts';
import { pictures } from '../../places/page/pictures.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import type { DetectContext } from './context.ts';

/** Pictures that show a thing, and those that show none. */
export const whole = (e: DetectEvaluation, context: DetectContext): Content => pictures(e.pictures, context);
