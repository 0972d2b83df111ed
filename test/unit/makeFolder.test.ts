import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeFolder } from '../../src/output/files.js';
import { scratch } from '../cli/tandem.js';

const code = (path: string): unknown => {
  try {
    makeFolder(path);
    return 'made';
  } catch (cause) {
    return cause instanceof Error && 'code' in cause ? cause.code : cause;
  }
};

describe('makeFolder()', () => {
  test('makes a folder and those above it, and leaves them as they are', () => {
    const path = join(scratch(), 'a', 'b', 'c');
    makeFolder(path);
    writeFileSync(join(path, 'file'), '');
    makeFolder(path);
    makeFolder(join(path, '..', 'd'));
    expect(existsSync(join(path, 'file'))).toBe(true);
    expect(statSync(join(path, '..', 'd')).isDirectory()).toBe(true);
    makeFolder('.');
  });

  test('takes a link to a folder for one', () => {
    const dir = scratch();
    mkdirSync(join(dir, 'real'));
    symlinkSync(join(dir, 'real'), join(dir, 'link'));
    makeFolder(join(dir, 'link', 'deep'));
    expect(existsSync(join(dir, 'real', 'deep'))).toBe(true);
  });

  test('says what stands in the way', () => {
    const dir = scratch();
    writeFileSync(join(dir, 'file'), '');
    symlinkSync(join(dir, 'nowhere'), join(dir, 'link'));
    expect([code(join(dir, 'file')), code(join(dir, 'link'))]).toEqual(['EEXIST', 'EEXIST']);
    expect(['ENOTDIR', 'EEXIST']).toContain(code(join(dir, 'file', 'below')));
  });

  (process.platform === 'linux' ? test : test.skip)('comes back where nothing can be made, which Node does not', () => {
    expect([code('/proc/x'), code('/proc/x/y/z')]).toEqual(['ENOENT', 'ENOENT']);
  });
});
