/**
 * Labels of other tools, read from text: COCO, Pascal VOC, YOLO, labelme, and what CVAT and Label Studio export in these forms.
 * @module
 */

export * from '../../problems.ts';
export type { Annotation, LabelledObject } from './annotation.ts';
export * from './coco.ts';
export * from './labelme.ts';
export * from './voc.ts';
export * from './yolo.ts';
