/** Pictures of a folder by the name of the folder that each lies in, and how many files are none. */
export function byFolder(files: Iterable<File>): { readonly classes: Map<string, File[]>; readonly ignored: number } {
  const classes = new Map<string, File[]>();
  let ignored = 0;
  for (const file of files) {
    if (!file.type.startsWith('image/')) {
      ignored++;
      continue;
    }
    const name = file.webkitRelativePath.split('/').at(-2) ?? '';
    classes.set(name, [...(classes.get(name) ?? []), file]);
  }
  return { classes, ignored };
}
