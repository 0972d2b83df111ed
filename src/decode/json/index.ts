/** What every JSON document needs: its pieces, its reader, and one text for equal values. */

export * from './codecs.js';
export { EnsembleCodec } from './ensemble.js';
export {
  canonicalJson,
  checkDocument,
  invalidDocument,
  otherKind,
  parsedJson,
  readDocument,
  shown,
} from './jsonDocument.js';
