/** Keeps a page from fetching or running anything, whatever a name in it may contain. */
export const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
