/**
 * Where pixels went, and what goes with them: placements of pictures, and the boxes, polygons and masks that move by them.
 * @module
 */
export * from './boxes.ts';
export * from './map.ts';
export * from './mask.ts';
export * from './nms.ts';
export * from './placement.ts';
export * from './polygons.ts';
export * from './rasterise.ts';
export * from './rle.ts';
export * from './tiles.ts';
export * from './upright.ts';
