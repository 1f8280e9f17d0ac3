/**
 * What joined runs are called: the last word of each folder, of letters, digits, `_`, `.` and `-` alone, with a number behind it where
 * two would be the same.
 */
export function memberNames(folders: readonly string[]): string[] {
  const used = new Set<string>();
  return folders.map((folder) => {
    const words = folder.split(/[\\/]+/).filter((word) => word !== '' && word !== '.');
    const plain = (words.at(-1) ?? '').replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'task';
    let name = plain;
    for (let i = 2; used.has(name.toLowerCase()); i++) name = `${plain}-${i}`;
    used.add(name.toLowerCase());
    return name;
  });
}
