// Argument "page": writes Altair's page with the options that standard input gives as JSON. Argument "folder": writes the
// path of Altair's files.
const altair = require('altair-static');

if (process.argv[2] === 'folder') {
  process.stdout.write(altair.getDistDirectory());
} else {
  let options = '';
  process.stdin.on('data', (chunk) => { options += chunk; });
  process.stdin.on('end', () => process.stdout.write(altair.renderAltair(JSON.parse(options))));
}
