/** The element of this id, which the page is known to have. */
export const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
