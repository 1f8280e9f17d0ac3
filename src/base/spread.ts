/** At most `most` of the items, at even distances. */
export function spread<T>(items: readonly T[], most: number): T[] {
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, k) => items[Math.floor((k * items.length) / count)]!);
}
