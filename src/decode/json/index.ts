/** What every JSON document needs: its pieces, its reader, and one text for equal values. */

export { canonicalJson } from './canonicalJson.js';
export * from './codecs.js';
export { type DocumentKind, invalidDocument, readDocument, shown } from './jsonDocument.js';
