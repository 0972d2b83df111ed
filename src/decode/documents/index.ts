/** What JSON documents are made of, for the rooms that have one of their own. */

export { canonicalJson } from './canonicalJson.js';
export * from './codecs.js';
export {
  checkDocument,
  invalidDocument,
  otherKind,
  parsedJson,
  readDocument,
  shown,
} from './jsonDocument.js';
