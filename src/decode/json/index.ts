/** What every JSON document needs: its pieces, its reader, and one text for equal values. */

export * from './codecs.js';
export { canonicalJson, type DocumentKind, invalidDocument, readDocument, shown } from './jsonDocument.js';
