/** Patterns for file names: `*` and `?` within one folder, `**` for any number of folders. Hidden names are left out. */

/** Whether a name on the command line is meant as a pattern. */
export const isPattern = (input: string): boolean => /[*?]/.test(input);

/** A pattern taken apart: the folder where the search starts, and what the path below it must look like. */
export interface Glob {
  readonly folder: string;
  readonly matches: (below: string) => boolean;
  /** Folders below the first; infinite with `**`. */
  readonly depth: number;
}

const literal = (text: string): string => text.replace(/[.+^${}()|[\]\\]/g, '\\$&');

const segmentSource = (segment: string): string =>
  `(?!\\.)${literal(segment).replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}`;

/** @param pattern - with `/` between folders; `**` may stand for no folder at all */
export const glob = (pattern: string): Glob => {
  const segments = pattern.split('/');
  const first = segments.findIndex(isPattern);
  const rest = segments.slice(first);
  const source = rest
    .map((segment, i) => {
      const isLast = i === rest.length - 1;
      if (segment === '**') return isLast ? '(?:(?!\\.)[^/]+/)*(?!\\.)[^/]+' : '(?:(?!\\.)[^/]+/)*';
      return isLast ? segmentSource(segment) : `${segmentSource(segment)}/`;
    })
    .join('');
  const whole = new RegExp(`^${source}$`);
  const folder = segments.slice(0, first).join('/');
  return {
    folder: first === 0 ? '.' : folder === '' ? '/' : folder,
    matches: (below) => whole.test(below),
    depth: rest.includes('**') ? Number.POSITIVE_INFINITY : rest.length - 1,
  };
};
