/** Where a run that learns from another network keeps it, below its folder. */
export const TEACHER_FILE: readonly string[] = ['teacher', 'model.onnx'];
