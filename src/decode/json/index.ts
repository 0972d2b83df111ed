/** What every JSON document needs: its pieces, its reader, and one text for equal values. */

export * from './codecs.js';
export {
  canonicalJson,
  checkDocument,
  invalidDocument,
  otherKind,
  parsedJson,
  readDocument,
  shown,
} from './jsonDocument.js';
