// Writes Altair's page with the options given as JSON on standard input; argument: "page" or "folder".
const altair = require('altair-static');

if (process.argv[2] === 'folder') {
  process.stdout.write(altair.getDistDirectory());
} else {
  let options = '';
  process.stdin.on('data', (chunk) => { options += chunk; });
  process.stdin.on('end', () => process.stdout.write(altair.renderAltair(JSON.parse(options))));
}
