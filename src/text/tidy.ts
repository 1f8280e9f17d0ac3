/** A caption as it is read and kept: on one line, without blanks around it, accents in one character where there is one. */
export const tidy = (text: string): string => text.normalize().replace(/\s+/gu, ' ').trim();
