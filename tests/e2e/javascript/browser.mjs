// Headless Chromium, for tests.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const INSTALLED = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

// Returns an installed browser, or the npm package's browser (x86-64 Linux), which is made for Lambda. The package
// unpacks itself into the temporary folder, adds the libraries that a bare machine lacks if it believes to run on
// Lambda, and looks for its fonts in /tmp.
async function browser() {
  const installed = INSTALLED.find((file) => file && existsSync(file));
  if (installed) return installed;
  const folder = join(import.meta.dirname, 'node_modules', '.cache', 'chromium');
  const unpacked = join(folder, 'fonts.conf');
  if (!existsSync(unpacked)) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  process.env.TMPDIR = folder;
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
  const executable = await (await import('@sparticuz/chromium')).default.executablePath();
  // Without fonts, text has no size and cannot be clicked.
  writeFileSync(unpacked, `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`);
  process.env.FONTCONFIG_FILE = unpacked;
  return executable;
}

// Returns a running browser. `args` are additional switches of Chromium.
export const launch = async (...args) =>
  chromium.launch({ executablePath: await browser(), args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...args] });
