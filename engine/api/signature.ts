import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  InvalidSignatureException,
  MissingAuthenticationTokenException,
  UnrecognizedClientException,
} from '../errors.ts';
import type { AccessKey } from '../settings.ts';

/** The name that every Voice ID client signs for. */
const SERVICE = 'voiceid';
/** How far a request's time may be off, milliseconds. */
const SKEW_MS = 5 * 60 * 1000;

/** An HTTP request as it came in: what a signature covers. */
export interface SignedRequest {
  method: string;
  /** As on the wire, percent-encoded, without query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  body: Uint8Array;
}

interface Authorization {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

const FORM =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([a-z0-9;.-]+),\s*Signature=([0-9a-f]{64})$/;

function readAuthorization(header: string | undefined): Authorization {
  const match = header === undefined ? null : FORM.exec(header);
  const [, accessKeyId, date, region, service, signedHeaders, signature] = match ?? [];
  if (!(accessKeyId && date && region && service && signedHeaders && signature)) {
    throw new MissingAuthenticationTokenException(
      'Found no signature in the Authorization header, expected AWS Signature Version 4: sign the request.',
    );
  }
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** `20260520T120000Z` → epoch milliseconds; NaN for anything else. */
function parseAmzDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/**
 * Verifies AWS Signature Version 4 by signing the request again with our own secret: every client signs as it always
 * did. The only place that decides who gets in.
 * @returns the access key id that signed.
 * @throws MissingAuthenticationTokenException, UnrecognizedClientException, InvalidSignatureException
 */
export async function verifySignature(
  request: SignedRequest,
  accessKeys: readonly AccessKey[],
  region: string,
  now: Date,
): Promise<string> {
  const authorization = readAuthorization(request.headers.get('authorization'));
  const { accessKeyId } = authorization;
  const key = accessKeys.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (key === undefined) throw new UnrecognizedClientException('The access key id is not one of this engine.');
  const invalid = (why: string): never => {
    throw new InvalidSignatureException(why);
  };
  if (authorization.service !== SERVICE) {
    invalid(`Credential should be scoped to the service ${SERVICE}, found ${authorization.service}.`);
  }
  if (authorization.region !== region) {
    invalid(`Credential should be scoped to the region ${region}, found ${authorization.region}.`);
  }
  const amzDate = request.headers.get('x-amz-date') ?? '';
  const signedAt = parseAmzDate(amzDate);
  if (Number.isNaN(signedAt)) invalid('Found no X-Amz-Date, expected the time of signing.');
  if (Math.abs(now.getTime() - signedAt) > SKEW_MS) {
    invalid(`The signature was made at ${amzDate}, more than 5 minutes from this engine's time: check the clock.`);
  }
  if (!amzDate.startsWith(authorization.date)) invalid("The credential's date is not that of X-Amz-Date.");
  for (const needed of ['host', 'x-amz-date', 'x-amz-target']) {
    const there = request.headers.has(needed);
    if (there && !authorization.signedHeaders.includes(needed)) invalid(`The header ${needed} is not signed.`);
  }
  const claimed = request.headers.get('x-amz-content-sha256');
  const hash = createHash('sha256').update(request.body).digest('hex');
  if (claimed !== undefined && claimed !== hash) invalid('The body is not the one that X-Amz-Content-Sha256 names.');

  const signer = new SignatureV4({
    service: SERVICE,
    region,
    credentials: key,
    sha256: Sha256,
    uriEscapePath: true,
    applyChecksum: false,
  });
  const headers = Object.fromEntries(
    authorization.signedHeaders.map((name) => [name, request.headers.get(name) ?? '']),
  );
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(request.query.keys())) query[name] = request.query.getAll(name);
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: '',
      path: decodeURI(request.path),
      query,
      headers,
      body: request.body,
    },
    {
      signingDate: new Date(signedAt),
      signableHeaders: new Set(authorization.signedHeaders),
      unsignableHeaders: new Set(),
    },
  );
  const expected = FORM.exec(signed.headers.authorization ?? signed.headers.Authorization ?? '')?.[6] ?? '';
  const same =
    expected.length === authorization.signature.length &&
    timingSafeEqual(Buffer.from(expected), Buffer.from(authorization.signature));
  if (!same) invalid('The signature does not match: check the secret access key and how the request was signed.');
  return accessKeyId;
}
