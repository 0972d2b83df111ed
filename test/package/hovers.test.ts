import { rmSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, test } from 'vitest';
import { packed } from './packed.js';

/** What an editor shows of the installed package when somebody points at a name. */

const { home, link } = packed();
afterAll(() => rmSync(home, { recursive: true, force: true }));

const ENTRIES = ['tandem-consensus', 'tandem-consensus/model', 'tandem-consensus/testing'];

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
};

/** An editor with one file open. `text` is asked for whenever its version has changed. */
const editor = (file: string) => {
  let text = '';
  let version = 0;
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? String(version) : '1'),
    getScriptSnapshot: (name) => {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => home,
    getCompilationSettings: () => OPTIONS,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
  });
  const type = (next: string): void => {
    text = next;
    version++;
  };
  return { service, type };
};

/** Names a consumer can write after `Entry.`: `Policy.fit`, `STALLED`; namespaces are gone into, not listed. */
const exportedNames = (checker: ts.TypeChecker, module: ts.Symbol, before: string): string[] =>
  checker.getExportsOfModule(module).flatMap((found) => {
    const symbol = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
    const name = `${before}.${found.name}`;
    return symbol.flags & ts.SymbolFlags.ValueModule ? exportedNames(checker, symbol, name) : [name];
  });

test('hovering any exported function, constant or type shows its docstring', () => {
  for (const peer of ['fast-check', '@types/node']) link(peer);
  const { service, type } = editor(join(home, 'open.mts'));
  const imports = ENTRIES.map((entry, i) => `import * as Entry${i} from '${entry}';`).join('\n');
  type(imports);
  const program = service.getProgram();
  const checker = program?.getTypeChecker();
  const file = program?.getSourceFile(join(home, 'open.mts'));
  const names = [...(file?.statements ?? [])].filter(ts.isImportDeclaration).flatMap((statement, i) => {
    const module = checker?.getSymbolAtLocation(statement.moduleSpecifier);
    return checker === undefined || module === undefined ? [] : exportedNames(checker, module, `Entry${i}`);
  });
  expect(names.length).toBeGreaterThan(500);

  // Each name twice, as a value and as a type: an editor answers where the name exists.
  const lines = names.flatMap((name) => [`export const _ = ${name};`, `export type _ = ${name};`]);
  const text = [imports, ...lines].join('\n');
  type(text);
  let at = imports.length + 1;
  const documented = new Set<string>();
  for (const [i, line] of lines.entries()) {
    const name = names[i >> 1];
    const shown = service.getQuickInfoAtPosition(join(home, 'open.mts'), at + line.length - 2);
    if (ts.displayPartsToString(shown?.documentation) !== '') documented.add(name);
    at += line.length + 1;
  }
  expect(names.filter((name) => !documented.has(name))).toEqual([]);
}, 180_000);
