import { basename, dirname } from 'node:path';
import { Converter } from 'typedoc';

/** A plugin of TypeDoc: documents are named by their first heading, and stand in groups by their folder. */

const GROUPS = { guides: 'Guides', pitfalls: 'Pitfalls', decisions: 'Decisions', docs: 'Background' };

export const load = (app) => {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [, heading] = /^# +(.+)$/m.exec(document.content.map(({ text }) => text).join('')) ?? [];
    if (heading !== undefined) document.name = heading.replaceAll('`', '');
    const file = document.sources?.[0]?.fullFileName ?? '';
    document.frontmatter.group ??= GROUPS[basename(dirname(file))] ?? 'Project';
  });
};
