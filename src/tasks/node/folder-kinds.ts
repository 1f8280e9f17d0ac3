/** Folders that part one data set by kind of file, not by class: what they are called, in lower case. */
const pictures = ['images', 'image', 'imgs', 'img', 'jpegimages', 'photos', 'pictures', 'inputs', 'input', 'rgb'];
const masks = [
  ...['masks', 'mask', 'segmentationclass', 'segmentationclassaug', 'segmentation', 'segmentations', 'segmasks'],
  ...[
    'annotations',
    'annotation',
    'annots',
    'annot',
    'anns',
    'ann',
    'labels',
    'label',
    'gt',
    'ground_truth',
    'groundtruth',
  ],
  ...['targets', 'target', 'trimaps'],
];
const labels = ['xml', 'xmls', 'json', 'jsons', 'txt', 'bboxes'];
const others = ['imagesets', 'segmentationobject', 'depth'];

const among = (...lists: readonly string[][]) => {
  const names = new Set(lists.flat());
  return (folder: string) => names.has(folder.toLowerCase());
};

/** Whether pictures lie in folders called so. */
export const isPictureFolder = among(pictures);

/** Whether pictures' masks may lie in folders called so. */
export const isMaskFolder = among(masks);

/** Whether folders called so hold what is neither a picture nor its label. */
export const isOther = among(others);

/** Whether what people have said of pictures, as text or masks, may lie in folders called so. */
export const isLabelFolder = among(masks, labels);

/** Whether a folder called so is a part of a data set, and none of its classes. */
export const isPart = among(pictures, masks, labels, others);
