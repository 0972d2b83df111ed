/** An object whose keys with an undefined value are absent: `{ a?: T | undefined }` becomes `{ a?: T }`. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Drops the keys whose value is undefined, because what is missing is an absent key: in JSON, in hashes and in tests.
 *
 * @returns a new object; keys keep their order
 */
export const present = <const T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
