export { auroc } from '../../auroc.ts';
export { PixelCurves, type PixelFigures } from './pixel-curves.ts';
