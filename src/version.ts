/** Name and version as they stand in package.json; a test holds the two together. */
export const PACKAGE = 'tandem-consensus';
export const VERSION = '0.1.0';
