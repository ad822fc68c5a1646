// Bundles each test, so that Node 20 can run it, and runs them.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const built = `${folder}.built`;
rmSync(built, { recursive: true, force: true });
const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
await build({
  entryPoints: names.map((name) => folder + name),
  outdir: built,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  sourcemap: 'inline',
  logLevel: 'error',
});
const files = names.map((name) => `${built}/${name.replace('.ts', '.mjs')}`);
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...process.argv.slice(2), ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
