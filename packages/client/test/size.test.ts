// What an application pays for the package.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('../../src/', import.meta.url)); // from test/.built/

/** Returns the size of a program's bundle, minified and zipped, in bytes. */
async function size(program: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

test('session, transport, operations and errors stay below 7 KB, zipped', async () => {
  assert((await size("export * from './index.js'")) < 7_000);
});

test('with the synchronization, it stays below 48 KB', async () => {
  assert((await size("export * from './index.js'; export * from './sync/index.js'")) < 48_000);
});
