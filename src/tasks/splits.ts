/** The parts of a data set: to train on, to choose by, to report on. */
export type Split = 'train' | 'val' | 'test';

export const splits: readonly Split[] = ['train', 'val', 'test'];
