import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';

/** What the official client has no operation for: a request to the engine itself, signed as Voice ID clients sign. */
export async function signedFetch(
  engine: { origin: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } },
  request: {
    method: 'GET' | 'POST';
    path: string;
    query?: Record<string, string>;
    body?: Uint8Array;
    contentType?: string;
  },
): Promise<Response> {
  const { origin, region, credentials } = engine;
  const { method, path, query = {}, body, contentType } = request;
  const { host, hostname, port, protocol } = new URL(origin);
  const signer = new SignatureV4({ service: 'voiceid', region, credentials, sha256: Hash.bind(null, 'sha256') });
  const { headers } = await signer.sign({
    method,
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path,
    query,
    headers: { host, ...(contentType !== undefined && { 'content-type': contentType }) },
    ...(body !== undefined && { body }),
  });
  const search = new URLSearchParams(query).toString();
  return fetch(`${origin}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    headers,
    ...(body !== undefined && { body: Buffer.from(body) }),
  });
}
