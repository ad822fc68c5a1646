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
// The sync library reports each refused transaction, which the tests cause on purpose: the whole output only matters after a failure.
const { status, stdout } = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-reporter=tap', ...process.argv.slice(2), ...files], {
  encoding: 'utf8', maxBuffer: 100_000_000, stdio: ['ignore', 'pipe', 'inherit'],
});
console.log(status === 0 ? (stdout.match(/^# (?:tests|pass|fail|skipped|duration_ms) .*$/gm) ?? []).join('\n') : stdout);
process.exit(status ?? 1);
