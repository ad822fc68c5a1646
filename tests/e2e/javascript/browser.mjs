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

// An installed browser, or the one from npm (x86-64 Linux), which is made for Lambda: it unpacks itself into the temporary
// folder, brings the libraries that a bare machine lacks where it believes to be there, and looks for its fonts in /tmp.
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
  // Without fonts text has no size, and nothing can be clicked.
  writeFileSync(unpacked, `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`);
  process.env.FONTCONFIG_FILE = unpacked;
  return executable;
}

// A running browser; `args` are more of Chromium's switches.
export const launch = async (...args) =>
  chromium.launch({ executablePath: await browser(), args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...args] });
