const SPECIAL = /[*?]/;

const segmentPattern = (segment: string): RegExp =>
  new RegExp(
    `^${segment
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '[^/]*')
      .replace(/\?/g, '[^/]')}$`,
  );

/** Files by a pattern: `*` and `?` within a name, `**` for folders of any depth. Hidden files need a dot of their own. */
export const matches = async (pattern: string): Promise<readonly string[]> => {
  const { readdir } = process.getBuiltinModule('node:fs/promises');
  const { join, sep } = process.getBuiltinModule('node:path');
  const segments = pattern.split(sep === '\\' ? /[\\/]/ : '/');
  const found: string[] = [];
  const visit = async (folder: string, at: number): Promise<void> => {
    const segment = segments[at];
    const isLast = at === segments.length - 1;
    if (segment !== '**' && !SPECIAL.test(segment)) {
      // "" before the first slash is the root.
      const path = folder === '' ? segment : join(folder, segment);
      if (isLast) found.push(path);
      else await visit(at === 0 && segment === '' ? '/' : path, at + 1);
      return;
    }
    const entries = await readdir(folder === '' ? '.' : folder, { withFileTypes: true }).catch(() => []);
    if (segment === '**' && !isLast) await visit(folder, at + 1);
    for (const entry of entries) {
      if (entry.name.startsWith('.') && !segment.startsWith('.')) continue;
      const path = folder === '' ? entry.name : join(folder, entry.name);
      if (segment === '**') {
        if (entry.isDirectory()) await visit(path, at);
        else if (isLast) found.push(path);
      } else if (segmentPattern(segment).test(entry.name)) {
        if (!isLast) await visit(path, at + 1);
        else if (!entry.isDirectory()) found.push(path);
      }
    }
  };
  await visit('', 0);
  const { stat } = process.getBuiltinModule('node:fs/promises');
  const real = await Promise.all(
    found.map((path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return [...new Set(found.filter((_, i) => real[i]))].sort();
};
