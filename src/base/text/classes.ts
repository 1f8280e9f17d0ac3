/** How many classes there are, in words. */
export const classesText = (n: number): string => (n === 1 ? '1 class' : `${n} classes`);
