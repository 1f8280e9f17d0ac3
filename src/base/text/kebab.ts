/** A field's name as it stands in a flag: `batchSize` is `batch-size`. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
