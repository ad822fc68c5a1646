// Signs requests with AWS Signature Version 4 (AWS IAM User Guide, "Create a signed AWS API request"), from keys that
// are already derived for a day, a region and AppSync. The page never holds the secret from which they derive.
import type { SigningKeys } from './config';

const text = new TextEncoder();
const hex = (bytes: ArrayBuffer): string => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bytes = (digits: string): Uint8Array<ArrayBuffer> => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const sha256 = async (content: string): Promise<string> => hex(await crypto.subtle.digest('SHA-256', text.encode(content)));

/** Returns the headers of a signed POST request, `host` among them. */
export async function signed(keys: SigningKeys, region: string, url: URL, body: string): Promise<Record<string, string>> {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const key = keys.keysByDay[day];
  if (!key) throw new Error('The console has no signing key for today: start it again.');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    host: url.host,
    'x-amz-date': time,
    ...(keys.sessionToken && { 'x-amz-security-token': keys.sessionToken }),
  };
  const names = Object.keys(headers).join(';'); // in alphabetical order, as the signature demands
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join('');
  const request = ['POST', url.pathname, '', lines, names, await sha256(body)].join('\n');
  const scope = `${day}/${region}/appsync/aws4_request`;
  const subject = ['AWS4-HMAC-SHA256', time, scope, await sha256(request)].join('\n');
  const hmac = await crypto.subtle.importKey('raw', bytes(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = hex(await crypto.subtle.sign('HMAC', hmac, text.encode(subject)));
  const credential = `Credential=${keys.accessKeyId}/${scope}`;
  return { ...headers, authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}` };
}
